import { existsSync, readFileSync } from 'node:fs';
import { duration } from './steps.ts';

/** Counts of one stage; a stage that is not made of tests counts as one. */
export interface Stage {
  readonly name: string;
  readonly ms: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A stage without counts of its own. */
export function plainStage(name: string, ms: number, ok: boolean): Stage {
  return { name, ms, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** Reads vitest's JSON report. A run that left none, or failed with no test failing, counts as failed. */
export function vitestStage(name: string, ms: number, code: number, reportPath: string): Stage {
  if (!existsSync(reportPath)) return plainStage(name, ms, false);
  const report = JSON.parse(readFileSync(reportPath, 'utf8'));
  const passed: number = report.numPassedTests;
  const reported: number = report.numFailedTests;
  const failed = code !== 0 && reported === 0 ? 1 : reported;
  return { name, ms, passed, failed, skipped: report.numPendingTests + report.numTodoTests };
}

/** The table of stages, and last the line that sums them: `N passed, N failed`. */
export function summary(stages: readonly Stage[]): string {
  const lines = stages.map(({ name, ms, passed, failed, skipped }) => {
    const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    return `${name.padEnd(28)} ${duration(ms).padStart(12)}   ${counts}`;
  });
  const sum = (pick: (stage: Stage) => number) => stages.reduce((all, one) => all + pick(one), 0);
  const skipped = sum(({ skipped }) => skipped);
  const last = `${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`;
  return [...lines, '', skipped > 0 ? `${last}, ${skipped} skipped` : last].join('\n');
}
