import { Steps } from '../../setup/steps.ts';
import { numberOption, writeResult } from '../output.ts';
import { Bare } from './bare.ts';
import { measureInCluster } from './in-cluster.ts';
import { panels, report, rowsOf, verdict } from './report.ts';
import { Collected, measureRounds } from './rounds.ts';
import type { SizeResult } from './terms.ts';

const args = process.argv.slice(2);
const terms = {
  rounds: numberOption(args, 'rounds', 300),
  sizes: sizesOption(args),
  references: numberOption(args, 'references', 3),
};
const steps = new Steps();
const place = args.includes('--bare') ? 'bare API server' : 'cluster';
const sizes = await (place === 'cluster' ? measureInCluster(terms, steps) : onLoopback());
const rows = sizes.flatMap(rowsOf);
console.log(`\n${report(rows)}`);
writeResult('kill', { place, rounds: terms.rounds, goal: verdict(rows), rows }, panels(sizes));

async function onLoopback(): Promise<readonly SizeResult[]> {
  const bare = await steps.step('a bare API server, NATS and a simulator', (progress) =>
    Bare.start(progress),
  );
  const results: SizeResult[] = [];
  try {
    for (const size of terms.sizes) {
      const contenders = await steps.step(`${size} executors`, (progress) =>
        bare.contenders(size, progress),
      );
      const collected = new Collected();
      await steps.step(`${terms.rounds} rounds of ${size}`, (progress) =>
        measureRounds(contenders, terms.rounds, (name, readings) => {
          collected.add(name, readings);
          progress(`round ${collected.rounds} of ${terms.rounds}`);
        }),
      );
      results.push({ size, measured: collected.measured() });
      for (const contender of contenders) await contender.stop();
    }
  } finally {
    await bare.stop();
  }
  return results;
}

/** `--sizes 1,10,50`, smallest first. */
function sizesOption(args: readonly string[]): readonly number[] {
  const at = args.indexOf('--sizes');
  const text = at === -1 ? '1,10,50' : (args[at + 1] ?? '');
  const sizes = text.split(',').map(Number);
  if (sizes.every((one) => Number.isInteger(one) && one > 0)) return sizes.sort((a, b) => a - b);
  throw new Error(`--sizes needs numbers like 1,10,50, not ${text}`);
}
