// npm run gameday [-- 1 3]: the release card's days, played on the cluster against the simulator.

import { simulator } from '../system/simulator.ts';
import { clock } from './clock.ts';
import { type Day, DayLog } from './day.ts';
import { kill } from './kill.ts';
import { writePack } from './pack.ts';
import { pressure } from './pressure.ts';
import { rollback } from './rollback.ts';
import { session } from './session.ts';

const all: readonly Day[] = [kill, clock, pressure, session, rollback];
const asked = process.argv.slice(2).map(Number);
const days = asked.length === 0 ? all : all.filter(({ number }) => asked.includes(number));
if (days.length === 0) {
  console.error(`No such day. Days: ${all.map((day) => `${day.number} ${day.title}`).join(', ')}`);
  process.exit(2);
}

const when = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
const verdicts: string[] = [];
for (const day of days) {
  console.log(`\nDay ${day.number}: ${day.title}\n  ${day.hypothesis}`);
  const began = performance.now();
  const log = new DayLog((line) => console.log(`  ${line}`));
  await simulator.reset();
  await day
    .play(log)
    .catch((fault: Error) => log.found('the day', 'played to its end', fault.message, false));
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  const verdict = log.holds ? 'holds' : 'DOES NOT HOLD';
  verdicts.push(
    `  ${day.number}  ${verdict.padEnd(14)} ${minutes.padStart(5)} min  ${await writePack(day, log, when)}`,
  );
  if (!log.holds) process.exitCode = 1;
}
console.log(`\nVerdicts:\n${verdicts.join('\n')}`);
