import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SECRET, Sender, World } from './lease-world.ts';

const RUNS = 250;
const who = fc.nat(2);
/** After the event before: at once, some time, or when a lease that stopped moving then is over. */
const after = fc.oneof(
  fc.integer({ min: 0, max: 3_000 }),
  fc.integer({ min: 0, max: 60_000 }),
  fc.integer({ min: 39_000, max: 46_000 }),
);
/** SIGSTOP for a moment, around the lease, or for good. */
const pauseMs = fc.oneof(
  fc.integer({ min: 1, max: 5_000 }),
  fc.integer({ min: 30_000, max: 60_000 }),
);
/** Of one process: `cut` and `freeze` are its machine's, the network's and the hypervisor's doing. */
const ofOne = <K extends string>(kind: K) => fc.record({ kind: fc.constant(kind), after, who });
const forAWhile = <K extends string>(kind: K) =>
  fc.record({ kind: fc.constant(kind), after, who, ms: pauseMs });
const event = fc.oneof(
  { weight: 4, arbitrary: forAWhile('pause') },
  { weight: 4, arbitrary: forAWhile('cut') },
  { weight: 2, arbitrary: forAWhile('freeze') },
  { weight: 2, arbitrary: ofOne('crash') },
  { weight: 3, arbitrary: ofOne('drain') },
  { weight: 2, arbitrary: ofOne('paper') },
  { weight: 2, arbitrary: ofOne('live') },
  { weight: 1, arbitrary: forAWhile('api-down') },
  { weight: 1, arbitrary: ofOne('delete') },
  { weight: 1, arbitrary: ofOne('empty') },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** Three seats; whoever leaves one is followed by a new process. */
async function lived(seed: number, events: readonly Event[]): Promise<World> {
  const world = new World(seed);
  if (world.random() < 0.5) world.leases.handedOver(SECRET);
  else made(world);
  const seats = ['a', 'b', 'c'].map((name) => new Sender(world, `${name}-0`));
  const succeed = (seat: number) => {
    const [name = '', count] = (seats[seat]?.name ?? '').split('-');
    seats[seat] = new Sender(world, `${name}-${Number(count) + 1}`);
  };
  let at = 0;
  for (const one of events) {
    at += one.after;
    world.at(at, () => perform(one, { world, seats, succeed }));
  }
  await world.run();
  return world;
}

/** The operator sees after a while that there is none. */
const made = (world: World) =>
  world.at(world.now + world.delayMs(), () => world.leases.made(SECRET));

function perform(
  one: Event,
  { world, seats, succeed }: { world: World; seats: Sender[]; succeed: (seat: number) => void },
): void {
  if (one.kind === 'delete') {
    world.leases.delete(SECRET);
    made(world);
  }
  if (one.kind === 'empty') world.leases.empty(SECRET);
  if (one.kind === 'api-down') world.apiDownUntil = world.now + one.ms;
  const sender = seats[one.who];
  if (sender === undefined) return;
  if (one.kind === 'cut') sender.cut(one.ms);
  if (one.kind === 'pause') sender.pause(one.ms);
  if (one.kind === 'paper' || one.kind === 'live') sender.declare(one.kind === 'live');
  if (one.kind === 'freeze') sender.freeze(one.ms);
  if (one.kind === 'crash') sender.crash();
  if (one.kind === 'drain') void sender.drain();
  if (one.kind === 'crash' || one.kind === 'drain') succeed(one.who);
}

describe('three processes with one credential', () => {
  it('never sign so that the venue could take both, whatever stops, loses or delays them', async () => {
    let handOvers = 0;
    let signatures = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(event, { minLength: 2, maxLength: 14 }),
        async (seed, events) => {
          const world = await lived(seed, events);
          expect(world.faults).toEqual([]);
          signatures += world.signatures.length;
          const signers = world.signatures.map(({ by }) => by);
          handOvers += signers.filter((by, index) => index > 0 && by !== signers[index - 1]).length;
        },
      ),
      { numRuns: RUNS },
    );
    // Or it would have proven nothing: they do trade, and one after another.
    expect(signatures).toBeGreaterThan(RUNS * 50);
    expect(handOvers).toBeGreaterThan(RUNS / 2);
  }, 120_000);
});
