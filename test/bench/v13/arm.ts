import { type Placed, until } from '../caller.ts';
import type { MarkedOrder } from '../marks.ts';
import type { Usage } from '../probe.ts';
import { Rig } from '../rig.ts';
import { startVenue, type VenueProcess } from '../venue-process.ts';
import { type Link, startLink } from './link.ts';
import { arrivals, type Episode, episodes } from './schedule.ts';
import { Recording } from './series.ts';

/** What is compared is v12-unblocked and v13: without the block of v12 there would be no counts to compare. */
export const armNames = ['v12', 'v12-unblocked', 'v13'] as const;
export type ArmName = (typeof armNames)[number];

/** Round trip to the venue, as the release card's GameDay has it. */
export const ROUND_TRIP_MS = 120;
export const SCRAPE_MS = 5_000;
/** A load balancer that gives idle connections up soon. */
const VENUE_IDLE_MS = 5_000;
/** What the venue tolerates between its clock and a stamp. */
const STAMP_WINDOW_MS = 5_000;
const RETRY_AFTER_MS = 1_000;
const TRIES = 5;

/** One order as a strategy wants it: placed again after a definite refusal, never after an unknown. */
export interface Wish {
  readonly isBurst: boolean;
  readonly tries: readonly Placed[];
  /** From the first try to the acknowledgement, ms; undefined when there was none. */
  readonly ackMs: number | undefined;
}

export interface ArmResult {
  readonly wishes: readonly Wish[];
  readonly recording: Recording;
  /** What the venue's ledger says it answered to whichever call, by status or kind. */
  readonly answers: Readonly<Record<string, number>>;
  readonly nonceRefusals: number;
  /** From the beginning to the first answer that says our address is blocked; undefined: never. */
  readonly blockedAfterMs: number | undefined;
  readonly doubled: number;
  readonly usage: readonly Usage[];
  readonly connections: number;
  readonly marks: readonly MarkedOrder[];
}

export class Arm {
  readonly name: ArmName;
  readonly #venue: VenueProcess;
  readonly #link: Link;
  readonly #rig: Rig;

  private constructor(name: ArmName, parts: { venue: VenueProcess; link: Link; rig: Rig }) {
    this.name = name;
    this.#venue = parts.venue;
    this.#link = parts.link;
    this.#rig = parts.rig;
  }

  /**
   * An executor with a venue of its own; all arms get the same but for the network's code, and for
   * v12-unblocked a venue that blocks no address after 50 401s in a row.
   */
  static async start(name: ArmName, maxConcurrency: number): Promise<Arm> {
    const block = name === 'v12-unblocked' ? { banAfter: 0 } : {};
    const venue = await startVenue(1, { keepAliveMs: VENUE_IDLE_MS, ...block });
    const [key] = venue.keys;
    if (key === undefined) throw new Error('the simulator has no key');
    const link = await startLink(venue.url, ROUND_TRIP_MS);
    const swap = new URL('./substitutes.ts', import.meta.url).href;
    const rig = await Rig.start({
      ...{ venue: link.url, key, limits: { maxConcurrency } },
      flags: name === 'v13' ? [] : ['--import', swap],
    });
    return new Arm(name, { venue, link, rig });
  }

  async run(minutes: number): Promise<ArmResult> {
    await this.#rig.child.ask('marks');
    const begun = performance.now();
    const begunWall = Date.now();
    const recording = new Recording({ namespace: 'bench', executor: this.name });
    const [{ usage, marks }, wishes] = await Promise.all([
      this.#record(recording, minutes, begun),
      this.#trade(minutes, begun),
      this.#befall(minutes, begun),
    ]);
    const { requests, orders } = await this.#venue.ledger();
    const answers: Record<string, number> = {};
    let nonceRefusals = 0;
    let blockedAfterMs: number | undefined;
    for (const { at, stamp = at, outcome } of requests) {
      const name = outcome.kind === 'answered' ? String(outcome.status) : outcome.kind;
      answers[name] = (answers[name] ?? 0) + 1;
      // Held back by the line until its stamp was too old: nobody waits for that answer any more.
      const isLate = at - stamp > STAMP_WINDOW_MS;
      if (!isLate && outcome.kind === 'answered' && /invalid nonce/i.test(outcome.message ?? '')) {
        nonceRefusals += 1;
      }
      if (name === '403') blockedAfterMs ??= at - begunWall;
    }
    const doubled = orders.length - new Set(orders.map(({ clientId }) => clientId)).size;
    const connections = this.#link.connections();
    const counts = { answers, nonceRefusals, blockedAfterMs, doubled, connections };
    return { wishes, recording, usage, marks, ...counts };
  }

  async stop(): Promise<void> {
    await this.#rig.stop();
    await this.#link.stop();
    await this.#venue.stop();
  }

  async #record(recording: Recording, minutes: number, begun: number) {
    const usage: Usage[] = [];
    const marks: MarkedOrder[] = [];
    for (let at = 0; at <= minutes * 60_000; at += SCRAPE_MS) {
      await until(begun + at);
      recording.add(await this.#rig.metrics());
      usage.push(await this.#rig.child.ask('usage-collected'));
      marks.push(...(await this.#rig.child.ask('marks')));
    }
    return { usage, marks };
  }

  async #trade(minutes: number, begun: number): Promise<readonly Wish[]> {
    return Promise.all(
      arrivals(minutes).map(async ({ at, isBurst }, number) => {
        await until(begun + at);
        return this.#wish(number, isBurst);
      }),
    );
  }

  async #wish(number: number, isBurst: boolean): Promise<Wish> {
    const tries: Placed[] = [];
    const asked = performance.now();
    for (;;) {
      const placed = await this.#rig.caller.place(orderOf(number));
      tries.push(placed);
      const isAcked = placed.status === 201;
      const mayTry = placed.status !== 202 && placed.status !== 0 && tries.length < TRIES;
      if (isAcked) return { isBurst, tries, ackMs: performance.now() - asked };
      if (!mayTry) return { isBurst, tries, ackMs: undefined };
      await until(performance.now() + RETRY_AFTER_MS);
    }
  }

  async #befall(minutes: number, begun: number): Promise<void> {
    const all = episodes(minutes).map(async (episode) => {
      await until(begun + episode.at);
      await this.#begin(episode);
      await until(begun + episode.at + episode.forMs);
      if (episode.what === 'skew') await this.#venue.skew(0);
      if (episode.what === 'slow-connects') this.#link.slowConnects(0);
    });
    await Promise.all(all);
  }

  async #begin(episode: Episode): Promise<void> {
    const forMs = Math.round(episode.forMs);
    const route = 'order.submit';
    if (episode.what === 'skew') await this.#venue.skew(episode.skewMs);
    else if (episode.what === 'slow-connects') this.#link.slowConnects(episode.ms);
    else if (episode.what === 'unavailable') {
      await this.#venue.fault({ kind: 'unavailable', route, forMs });
    } else await this.#venue.fault({ kind: 'rate-limit', route, forMs, retryAfterS: 5 });
  }
}

const SYMBOLS = [
  { symbol: 'BTCTRY', buy: '9999990', sell: '1000000', quantity: '0.0001' },
  { symbol: 'BTCUSDT', buy: '500000', sell: '30000', quantity: '0.0001' },
];

function orderOf(number: number): Record<string, unknown> {
  const market = SYMBOLS[number % SYMBOLS.length];
  const side = number % 4 < 2 ? 'buy' : 'sell';
  return {
    ...{ symbol: market?.symbol, quantity: market?.quantity },
    side,
    type: 'limit',
    price: market?.[side],
  };
}
