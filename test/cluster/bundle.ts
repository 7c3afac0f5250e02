import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { attempt } from '../setup/command.ts';

export const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface Program {
  /** Folder under `dist/` and word in messages. */
  readonly name: string;
  /** Entry module, relative to the repository. */
  readonly entry: string;
  /** More programs of the same image, by name: `NAME.mjs` beside `main.mjs`. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Folder of a page that it serves, with a vite.config.ts: built into `console/` beside `main.mjs`. */
  readonly page?: string;
  /** Packages that cannot be bundled: copied whole. None of them has dependencies. */
  readonly whole?: readonly string[];
  readonly dockerfile: string;
}

export interface Build {
  /** What `/api/version` says as `tag`, e.g. `v1.2-ramp`. */
  readonly tag: string;
  readonly commit: string;
  /** RFC 3339; the commit's own time, so that equal sources give equal bytes. */
  readonly builtAt: string;
}

/** Commit and commit time of the working tree; a tree with changes says so. */
export async function buildFacts(tag: string): Promise<Build> {
  const git = async (...args: string[]) => {
    const { code, stdout } = await attempt(['git', '-C', REPOSITORY, ...args]);
    return code === 0 ? stdout.trim() : '';
  };
  const commit = await git('rev-parse', '--short=12', 'HEAD');
  if (commit === '') return { tag, commit: 'unknown', builtAt: '1970-01-01T00:00:00Z' };
  const committed = await git('show', '-s', '--format=%ct', 'HEAD');
  const builtAt = new Date(Number(committed) * 1_000).toISOString();
  const changed = await git('status', '--porcelain', '--untracked-files=no', '--', ...SHIPPED);
  return { tag, commit: changed === '' ? commit : `${commit}-dirty`, builtAt };
}

const SHIPPED = ['operator', 'executor', 'crds', 'alerts', 'evidence', 'package-lock.json'];

const DIST = join(REPOSITORY, 'dist');

/** What CommonJS packages inside an ESM bundle still ask for. */
const BANNER =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Bundles a program into `dist/NAME/main.mjs` with its source map, and what is beside it; returns the folder. */
export async function bundle(program: Program, facts: Build, into = DIST): Promise<string> {
  const entry = join(REPOSITORY, program.entry);
  if (!existsSync(entry)) {
    throw new Error(`${program.entry} is not there: ${program.name} cannot be built.`);
  }
  const folder = join(into, program.name);
  await rm(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: REPOSITORY,
    entryPoints: { main: entry, ...program.beside },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: [...(program.whole ?? [])],
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent', // its faults are thrown, with their places
    banner: { js: BANNER },
    define: {
      __BUILD_TAG__: JSON.stringify(facts.tag),
      __BUILD_COMMIT__: JSON.stringify(facts.commit),
      __BUILD_AT__: JSON.stringify(facts.builtAt),
    },
  });
  for (const name of program.whole ?? []) {
    const at = join('node_modules', name);
    await cp(join(REPOSITORY, at), join(folder, at), { recursive: true });
  }
  if (program.page !== undefined) await pageOf(join(REPOSITORY, program.page), folder);
  return folder;
}

/** Its own configuration says how, and compresses what it makes. */
async function pageOf(source: string, folder: string): Promise<void> {
  const configFile = join(source, 'vite.config.ts');
  const vite = await import('vite');
  const build = { outDir: join(folder, 'console'), emptyOutDir: true };
  await vite.build({ configFile, root: source, logLevel: 'error', build });
}

/** A digest over the files of `folder` and `more`: equal keys are equal images. */
export function contentKey(folder: string, more: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name);
    if (statSync(path).isFile()) hash.update(`${name}\0`).update(readFileSync(path));
  }
  for (const part of more) hash.update(`\0${part}`);
  return hash.digest('hex').slice(0, 16);
}
