import { Steps } from '../../setup/steps.ts';
import { numberOption, writeResult } from '../output.ts';
import { type Measured, measureCeiling, measureOperator, type Terms } from './measure.ts';
import { panels, type Row, report, rowOf } from './report.ts';

/** Workers of ours, and four times as many: the API server's ceiling is the better of the two. */
const WIDTHS = [8, 32];
const CHANGES = 50;

const args = process.argv.slice(2);
const rounds = numberOption(args, 'rounds', 3);
const steadySeconds = numberOption(args, 'steady', 60);
const sizes = sizesOf(textOption('objects') ?? '100,1000');
const command = textOption('operator');

const steps = new Steps();
const rows: Row[] = [];
const empty = await steps.step('an operator with nothing to do', (progress) =>
  measureOperator({ ...terms(0, progress), steadySeconds: 10, changes: 0 }),
);
for (const objects of sizes) {
  const measured: Measured[] = [];
  const ceilings: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const name = `${objects} executors, round ${round} of ${rounds}`;
    const operator = () =>
      steps.step(`${name}: operator`, async (progress) => {
        measured.push(await measureOperator(terms(objects, progress)));
      });
    const server = () =>
      steps.step(`${name}: the API server alone`, async (progress) => {
        for (const width of WIDTHS) {
          const { writes, seconds } = await measureCeiling(terms(objects, progress), width);
          ceilings.push(writes / seconds);
        }
      });
    // ABBA: a machine that slows down steadily favours neither.
    for (const arm of round % 2 === 1 ? [operator, server] : [server, operator]) await arm();
  }
  rows.push(rowOf({ objects, measured, ceilings, empty, widths: WIDTHS.length }));
}
console.log(`\n${report(rows, empty, command)}`);
// The long run is one round, and must not take the place of the medians.
const name = Math.max(...sizes) >= 10_000 ? 'scale-long' : 'scale';
const result = { command: command ?? 'ours', rounds, steadySeconds, widths: WIDTHS };
writeResult(name, { ...result, emptyRssMiB: empty.rssMiB, rows }, panels(rows));

function terms(objects: number, progress: (note: string) => void): Terms {
  return { objects, steadySeconds, changes: Math.min(objects, CHANGES), command, progress };
}

function sizesOf(text: string): readonly number[] {
  const sizes = text.split(',').map(Number);
  if (sizes.every((one) => Number.isInteger(one) && one > 0)) return sizes;
  throw new Error(`--objects needs numbers with commas between, e.g. 100,1000, not "${text}"`);
}

function textOption(name: string): string | undefined {
  const at = args.indexOf(`--${name}`);
  return at === -1 ? undefined : args[at + 1];
}
