import { describe, expect, it } from 'vitest';
import { sources } from './sources.ts';

const LINES_MAX = 250;
const FUNCTION_LINES_MAX = 50;
const NAMELESS = /^(utils?|helpers?|common|base|managers?|handlers?|services?|misc|impl)$/;

/** Time, randomness and the environment are passed in; these files are where they come from. */
const SHELLS =
  /(^test\/|^vitest\.config|\/main\.tsx?$|\/generate\.ts$|^crds\/clock\.ts$|worker\.ts$)/;
const AMBIENT: readonly [RegExp, string][] = [
  [/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, 'take a Clock or `now` as a value'],
  [/\bsetTimeout\(|\bsetInterval\(/, 'use clock.after, which can be cancelled and moved by hand'],
  [/\bMath\.random\(|\brandomUUID\(/, 'take the randomness as an argument'],
  [/\bprocess\.env\b/, 'take a parsed configuration'],
];

const ours = sources();
const shipped = ours.filter(({ path }) => !SHELLS.test(path));

describe('shape of the sources', () => {
  it(`has no file over ${LINES_MAX} lines`, () => {
    const long = ours.filter(({ lines }) => lines.length > LINES_MAX + 1);
    expect(long.map(({ path, lines }) => `${path}: ${lines.length} lines`)).toEqual([]);
  });

  it(`has no function over ${FUNCTION_LINES_MAX} lines in what ships`, () => {
    const long = shipped.flatMap(({ path, lines }) => longFunctions(path, lines));
    expect(long).toEqual([]);
  });

  it('has no folder or file named after nothing', () => {
    const bad = ours.filter(
      ({ path }) =>
        path !== 'operator/desired/service.ts' && // the Kubernetes kind
        path.split('/').some((part) => NAMELESS.test(part.replace(/\.(test\.)?tsx?$/, ''))),
    );
    expect(bad.map(({ path }) => path)).toEqual([]);
  });

  it.each(AMBIENT)('never uses %s outside a shell: %s', (pattern) => {
    const found = shipped.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        pattern.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line) ? [`${path}:${index + 1}`] : [],
      ),
    );
    expect(found).toEqual([]);
  });

  it('names no machine path in what is committed', () => {
    const found = ours.filter(({ text }) => /['"`]\/(root|home|work)\//.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

/** By indentation: Biome keeps it honest. Covers declarations and methods, not table literals. */
function longFunctions(path: string, lines: readonly string[]): readonly string[] {
  const start =
    /^(\s*)(?:export )?(?:async )?(?:function\b|(?:static |private )?(?:async )?[#\w]+\([^)]*\)[^;=]*\{$)/;
  return lines.flatMap((line, index) => {
    const [, indent] = start.exec(line) ?? [];
    if (indent === undefined || /^\s*(if|for|while|switch|return|await|describe|it)\b/.test(line))
      return [];
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${indent}}`));
    const length = end - index + 1;
    return length > FUNCTION_LINES_MAX ? [`${path}:${index + 1}: ${length} lines`] : [];
  });
}
