import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFacts, bundle } from '../cluster/bundle.ts';
import { PROGRAMS } from '../cluster/images.ts';

const root = join(import.meta.dirname, '../..');

describe.each([PROGRAMS.operator, PROGRAMS.executor])('the image of the $name', (program) => {
  const instructions = readFileSync(join(root, program.dockerfile), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it('is built for any architecture: nothing runs in the build, none is named', () => {
    expect(instructions.filter((line) => line.startsWith('RUN'))).toEqual([]);
    expect(instructions.join('\n')).not.toMatch(/amd64|arm64|x86_64|aarch64/);
    expect(instructions.filter((line) => /^FROM(?! \$\{BASE\}$)/.test(line))).toEqual([]);
  });

  it('runs as nobody, with the programs that its bundle has and no machine code', async () => {
    expect(instructions).toContain('USER 65532:65532');
    const into = await mkdtemp(join(tmpdir(), 'trading-bundle-'));
    const files = readdirSync(await bundle(program, await buildFacts('v-test'), into)).sort();
    await rm(into, { recursive: true });
    const beside = 'beside' in program ? Object.keys(program.beside) : [];
    const names = ['main', ...beside].flatMap((name) => [`${name}.mjs`, `${name}.mjs.map`]);
    const page = 'page' in program ? ['console'] : [];
    expect(files).toEqual([...page, ...names].sort());
  });
});

describe('the image of the camera', () => {
  const text = readFileSync(join(root, PROGRAMS.camera.dockerfile), 'utf8');

  it('is built for any architecture, runs as nobody, and has Chromium from its distribution', () => {
    const instructions = text.split('\n').filter((line) => !line.startsWith('#'));
    expect(instructions.join('\n')).not.toMatch(/amd64|arm64|x86_64|aarch64|https?:/);
    expect(instructions).toContain('USER 65532:65532');
    expect(text).toContain('apt-get install -y --no-install-recommends chromium-headless-shell');
  });

  it('has what drives the browser beside its one program', async () => {
    const into = await mkdtemp(join(tmpdir(), 'trading-bundle-'));
    const folder = await bundle(PROGRAMS.camera, await buildFacts('v-test'), into);
    expect(readdirSync(folder).sort()).toEqual(['main.mjs', 'main.mjs.map', 'node_modules']);
    expect(readdirSync(join(folder, 'node_modules'))).toEqual(['playwright-core']);
    await rm(into, { recursive: true });
  });
});
