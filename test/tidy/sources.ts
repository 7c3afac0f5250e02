import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface Source {
  /** Path from the repository's root. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

const root = join(import.meta.dirname, '../..');

/** Every TypeScript file that git tracks or would track. */
export function sources(): readonly Source[] {
  const listing = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'],
    { cwd: root, encoding: 'utf8' },
  );
  return [...new Set(listing.split('\n'))]
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, lines: text.split('\n') };
    });
}

/** What a file imports: repository paths for relative imports, package names for the rest. */
export function imports(source: Source): readonly string[] {
  const found = source.text.matchAll(/(?<![.\w])(?:from\s+|import\s*\(?\s*)'([^']+)'/g);
  return [...found].map(([, target = '']) =>
    target.startsWith('.') ? normalize(join(dirname(source.path), target)) : packageName(target),
  );
}

function packageName(target: string): string {
  if (target.startsWith('node:')) return target;
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}
