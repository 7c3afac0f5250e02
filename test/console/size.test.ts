import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, inject, it } from 'vitest';

const FIRST_LOAD_MAX = 60_000;

const assets = (): readonly { readonly name: string; readonly gzipped: number }[] => {
  const folder = join(inject('page'), 'assets');
  const names = readdirSync(folder).filter((name) => !/\.(br|gz)$/.test(name));
  return names.map((name) => ({
    name,
    gzipped: gzipSync(readFileSync(join(folder, name))).length,
  }));
};

describe('what a browser loads', () => {
  it('first is under 60 kB gzipped, and uPlot comes later', () => {
    const first = assets().filter(({ name }) => !name.startsWith('plot-'));
    const sum = first.reduce((all, { gzipped }) => all + gzipped, 0);
    console.log(
      assets()
        .map(({ name, gzipped }) => `${name} ${gzipped}`)
        .join('\n'),
    );
    expect(sum).toBeLessThan(FIRST_LOAD_MAX);
    expect(assets().some(({ name }) => /^plot-.*\.js$/.test(name))).toBe(true);
  });

  it('holds nothing of the schema library: only types come from crds/', () => {
    const folder = join(inject('page'), 'assets');
    const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
    const all = scripts.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
    expect(all).not.toMatch(/ZodError|_zod/);
  });
});
