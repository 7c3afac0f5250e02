import { describe, expect, it } from 'vitest';
import { afterSecondRun, summary, type VitestReport, vitestStage } from './tally.ts';

const file = (name: string, tests: Readonly<Record<string, string | undefined>>) => ({
  name,
  status: Object.values(tests).some((why) => why !== undefined) ? 'failed' : 'passed',
  message: '',
  assertionResults: Object.entries(tests).map(([fullName, why]) =>
    why === undefined
      ? { status: 'passed', fullName }
      : { status: 'failed', fullName, failureMessages: [`${why}\n    at line 3`] },
  ),
});

function report(...testResults: VitestReport['testResults'][number][]): VitestReport {
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.filter(({ status }) => status === 'failed').length;
  const counts = { numPassedTests: all.length - failed, numFailedTests: failed };
  return { ...counts, numPendingTests: 0, numTodoTests: 0, testResults };
}

const stage = (code: number, said: VitestReport | undefined) =>
  vitestStage('executor tests', 1000, code, said);

describe('the sum of a test run', () => {
  it('names what failed, with what it said, before its last line', () => {
    const text = summary([stage(1, report(file('a.test.ts', { good: undefined, bad: 'no' })))]);
    expect(text).toContain('failed:\n  a.test.ts: bad\n      no\n');
    expect(text.split('\n').at(-1)).toBe('1 passed, 1 failed');
  });

  it('counts a run without a report, or that failed with no test failing, as failed', () => {
    expect(stage(0, undefined).failed).toBe(1);
    expect(stage(1, report(file('a.test.ts', { good: undefined }))).failed).toBe(1);
  });

  it('names a file that could not be run', () => {
    const broken = { ...file('a.test.ts', {}), status: 'failed', message: 'cannot be parsed' };
    expect(summary([stage(1, report(broken))])).toContain(
      'a.test.ts: could not be run\n      cannot',
    );
  });
});

describe('a second run', () => {
  const first = stage(1, report(file('a.test.ts', { good: undefined, one: 'late', two: 'wrong' })));

  it('makes what passed alone count as passed, and names it as unstable', () => {
    const second = stage(
      1,
      report(file('a.test.ts', { good: undefined, one: undefined, two: 'wrong' })),
    );
    const both = afterSecondRun(first, second);
    expect([both.passed, both.failed]).toEqual([2, 1]);
    expect(summary([both])).toContain(
      'unstable: failed beside the others, passed alone:\n  a.test.ts: one',
    );
  });

  it('saves nothing when it could not be run', () => {
    expect(afterSecondRun(first, stage(1, undefined)).failed).toBe(2);
  });

  it('saves no file that could not be run', () => {
    const broken = { ...file('a.test.ts', {}), status: 'failed', message: 'no' };
    const both = afterSecondRun(stage(1, report(broken)), stage(0, report()));
    expect(both.failed).toBe(1);
  });
});
