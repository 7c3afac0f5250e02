import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const readme = text('README.md');

describe('README', () => {
  it('shows every top folder, and none that is not there', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
    const folders = tracked.flatMap((path) => /^([a-z]+)\//.exec(path)?.[1] ?? []);
    const tree = readme.split('## Find your way')[1]?.split('```')[1] ?? '';
    const shown = [...tree.matchAll(/^([a-z]+)\//gm)].map(([, name]) => name);
    expect([...shown].sort()).toEqual([...new Set(folders)].sort());
  });

  it.each(['README.md', 'CONTRIBUTING.md', 'test/README.md'])(
    '%s names npm scripts that exist',
    (path) => {
      const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
      const named = [...text(path).matchAll(/npm run ([a-z:0-9]+)/g)].map(([, name = '']) => name);
      expect(named.filter((name) => !(name in scripts))).toEqual([]);
    },
  );

  it('halts a desk as the runbook does, which a test runs', () => {
    const block = (path: string) => /```sh\n(kill_desk[^`]+)```/.exec(text(path))?.[1];
    expect(block('README.md')).toBeDefined();
    expect(block('README.md')).toBe(block('alerts/runbooks/DeskHalt.md'));
  });

  it('has a README in every top folder that ships', () => {
    const folders = ['crds', 'executor', 'operator', 'alerts', 'test', 'evidence'];
    expect(folders.filter((name) => !existsSync(join(root, name, 'README.md')))).toEqual([]);
  });
});
