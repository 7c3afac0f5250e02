import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imports, sources } from './sources.ts';

const { dependencies, devDependencies } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
) as Record<'dependencies' | 'devDependencies', Record<string, string>>;

/** `@scope/name` or `name` of what an import asks for; undefined: a file of ours, or Node's own. */
function packageOf(target: string): string | undefined {
  if (target.startsWith('node:') || isBuiltin(target) || !/^(@[\w.-]+\/)?[\w-]/.test(target))
    return;
  if (/\.(ts|tsx|json|css|svg)$/.test(target)) return;
  return target.split('/', target.startsWith('@') ? 2 : 1).join('/');
}

/** The page is bundled: what it is made of ships as its own bytes. */
const isShipped = (path: string): boolean =>
  /^(operator|executor|crds|alerts|evidence)\//.test(path) &&
  !path.startsWith('operator/console/page/');

describe('package.json', () => {
  const used = sources().flatMap((file) =>
    imports(file).flatMap((target) => {
      const name = packageOf(target);
      return name === undefined ? [] : [{ path: file.path, name }];
    }),
  );

  it('declares every package that a file imports: what is there by accident may go', () => {
    const known = { ...dependencies, ...devDependencies };
    const undeclared = used.filter(({ name }) => !(name in known));
    expect(undeclared.map(({ path, name }) => `${path} imports ${name}`)).toEqual([]);
  });

  it('has what ships in dependencies, not in devDependencies', () => {
    const wrong = used.filter(({ path, name }) => isShipped(path) && !(name in dependencies));
    expect(wrong.map(({ path, name }) => `${path} imports ${name}`)).toEqual([]);
  });

  it('declares no dependency that nothing imports', () => {
    const names = new Set(used.map(({ name }) => name));
    expect(Object.keys(dependencies).filter((name) => !names.has(name))).toEqual([]);
  });
});
