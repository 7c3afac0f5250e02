// npm run crash -- --rounds 300 --seed 7: SIGKILL at every step of the order path, again and again.
// With TEO_POSTGRES_URL the journal is there, else in a file.
import { until } from '../bench/caller.ts';
import { numberOption, table } from '../bench/output.ts';
import { ensurePackages } from '../toolchain/debian.ts';
import { startBtcturk } from '../venue/btcturk/simulator.ts';
import { seeded } from '../venue/random.ts';
import { told } from './blow.ts';
import { round } from './round.ts';
import { faults, type Step, steps, type Told, type Wanted } from './verdict.ts';
import { Victim } from './victim.ts';
import { watchedOrder } from './watch-calls.ts';

const ROUNDS = 300;
const BEAT_ROUNDS = 25;
/** An unknown order is looked for over two minutes before it counts as absent. */
const DECIDED_WITHIN_MS = 240_000;
const POLL_MS = 1_000;
const COLUMNS = 150;

const args = process.argv.slice(2);
const rounds = numberOption(args, 'rounds', ROUNDS);
const seed = numberOption(args, 'seed', Date.now() % 1_000_000);
await ensurePackages(['strace'], console.log);

const random = seeded(seed);
const venue = await startBtcturk({ seed, settings: { limiter: false } });
const database = process.env.TEO_POSTGRES_URL;
const victim = await Victim.make(venue.url, database);
console.log(`${rounds} rounds with seed ${seed}; again with: npm run crash -- --seed ${seed}`);
const reached = new Map<Step, number>(steps.map((one) => [one, 0]));
const wanted: Wanted[] = [];
const begun = performance.now();
await victim.start();
// A database syncs in a process of its own, perhaps on another machine.
if (database === undefined) await showSyncs();
for (let number = 1; number <= rounds; number += 1) {
  const done = await round(victim, venue, random).catch((fault) => {
    throw new Error(`round ${number} of seed ${seed} could not be played`, { cause: fault });
  });
  wanted.push(...done.wanted);
  for (const one of done.steps) reached.set(one, (reached.get(one) ?? 0) + 1);
  if (number % BEAT_ROUNDS === 0 || number === rounds) {
    const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
    console.log(`  round ${number}, ${seconds} s; the last was killed ${told(done.blow)}`);
  }
}

console.log('waiting until the outcome of every order is known');
const deadline = performance.now() + DECIDED_WITHIN_MS;
while ((await victim.control()).unknown > 0 && performance.now() < deadline) {
  await until(performance.now() + POLL_MS);
}
const { body } = await victim.caller.call('GET', '/orders?limit=1000');
const orders = (body as { orders: { id: string; idempotencyKey: string; state: string }[] }).orders;
const tales: Told[] = orders.map(({ id, idempotencyKey: key, state }) => ({ id, key, state }));
const ledger = venue.ledger().orders.map(({ clientId }) => ({ clientId }));
const found = faults({ wanted, told: tales, ledger });
const rows = [...reached].map(([step, count]) => [step, String(count)]);
console.log(`\n${table(['How far orders had come when the process was killed', 'orders'], rows)}`);
const states = Map.groupBy(tales, ({ state }) => state);
const ends = [...states].map(([state, list]) => [state, String(list.length)]);
console.log(`\n${table(['What became of them', 'orders'], ends)}`);
console.log(`\n${tales.length} orders in the journal, ${ledger.length} in the venue's ledger`);
await victim.stop();
await venue.stop();
if (found.length > 0) {
  console.error(`\n${found.join('\n')}`);
  console.error(`\n${found.length} faults; seed ${seed}`);
  process.exitCode = 1;
} else console.log(`none lost, none doubled, each outcome known; seed ${seed}`);

async function showSyncs(): Promise<void> {
  const shown = await watchedOrder(victim, venue);
  if (!shown.ok) throw new Error(`the system-call trace of one order: ${shown.why}`);
  console.log(
    'the system calls of one order, a sync before it leaves and one before it is answered:',
  );
  for (const { line } of shown.path) console.log(`  ${line.slice(0, COLUMNS)}`);
}
