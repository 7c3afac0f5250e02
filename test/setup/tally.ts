import { duration } from './steps.ts';

/** Counts of one stage; a stage that is not made of tests counts as one. */
export interface Stage {
  readonly name: string;
  readonly ms: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
  /** Failed beside the others and passed alone. They count as passed, and are named. */
  readonly unstable: readonly Failure[];
}

/** One test that failed, or a file that could not be run at all (`test` is empty). */
export interface Failure {
  /** Absolute path. */
  readonly file: string;
  readonly test: string;
  /** First line of what it said. */
  readonly why: string;
}

/** What is read of vitest's JSON report. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** A stage without counts of its own. */
export function plainStage(name: string, ms: number, ok: boolean): Stage {
  const counts = { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  return { name, ms, ...counts, failures: [], unstable: [] };
}

/** Of vitest's report. A run that left none, or failed with no test failing, counts as failed. */
export function vitestStage(
  name: string,
  ms: number,
  code: number,
  report: VitestReport | undefined,
): Stage {
  if (report === undefined) return plainStage(name, ms, false);
  const reported = report.numFailedTests;
  return {
    ...{ name, ms, passed: report.numPassedTests, unstable: [] },
    failed: code !== 0 && reported === 0 ? 1 : reported,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: report.testResults.flatMap(failuresOf),
  };
}

/**
 * A stage after its failed files ran once more, alone. What passed then counts as passed and is
 * named as unstable; what failed again, or was not run, stays failed.
 */
export function afterSecondRun(first: Stage, second: Stage): Stage {
  const again = new Set(second.failures.map(({ file, test }) => `${file}\n${test}`));
  const isSure = second.failed === second.failures.length; // every failure has its name
  const unstable = first.failures.filter(
    ({ file, test }) => isSure && test !== '' && !again.has(`${file}\n${test}`),
  );
  return {
    ...first,
    ms: first.ms + second.ms,
    passed: first.passed + unstable.length,
    failed: first.failed - unstable.length,
    failures: first.failures.filter((one) => !unstable.includes(one)),
    unstable,
  };
}

type FileResult = VitestReport['testResults'][number];

function failuresOf({ name: file, status, message, assertionResults }: FileResult): Failure[] {
  const failures = assertionResults
    .filter((one) => one.status === 'failed')
    .map(({ fullName, failureMessages }) => ({
      ...{ file, test: fullName },
      why: firstLine(failureMessages?.[0] ?? ''),
    }));
  if (failures.length > 0 || status !== 'failed') return failures;
  return [{ file, test: '', why: firstLine(message) }];
}

const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').slice(0, 300);

/** The table of stages, the tests that failed, and last the line that sums: `N passed, N failed`. */
export function summary(stages: readonly Stage[]): string {
  const lines = stages.map(({ name, ms, passed, failed, skipped }) => {
    const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    return `${name.padEnd(28)} ${duration(ms).padStart(12)}   ${counts}`;
  });
  const sum = (pick: (stage: Stage) => number) => stages.reduce((all, one) => all + pick(one), 0);
  const skipped = sum(({ skipped }) => skipped);
  const last = `${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`;
  return [
    ...lines,
    ...told(
      'unstable: failed beside the others, passed alone',
      stages.flatMap(({ unstable }) => unstable),
    ),
    ...told(
      'failed',
      stages.flatMap(({ failures }) => failures),
    ),
    '',
    skipped > 0 ? `${last}, ${skipped} skipped` : last,
  ].join('\n');
}

function told(title: string, failures: readonly Failure[]): string[] {
  if (failures.length === 0) return [];
  const lines = failures.map(
    ({ file, test, why }) => `  ${file}: ${test || 'could not be run'}\n      ${why}`,
  );
  return ['', `${title}:`, ...lines];
}
