import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8');
const packages = Object.entries(
  (JSON.parse(text) as { packages: Record<string, Locked> }).packages,
);
const names = new Set(packages.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13)));

describe('package-lock.json', () => {
  it('has the packages of every platform, or npm ci refuses it on all', () => {
    const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !names.has(name))
        .map((name) => `${path} may need ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry, so that each machine asks its own', () => {
    const named = packages.filter(([, { resolved }]) => resolved?.startsWith('http'));
    expect(named.map(([path]) => path)).toEqual([]);
  });
});
