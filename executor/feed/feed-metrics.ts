import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { frameKinds, ignoredReasons } from './frames.ts';
import { type FeedMessage, type FeedPhase, type FeedTally, feedPhases } from './protocol.ts';
import { gapReasons, tables } from './records.ts';

/** 0.3 s is a bound: the SLO's alert reads it. */
export const FEED_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5];

/** What the gauges show, read when they are scraped. */
export interface FeedReading {
  readonly phase: FeedPhase;
  /** undefined: there is no feed to be stale. */
  readonly ageMs: number | undefined;
  readonly live: number;
  readonly missing: number;
}

const noFeed: FeedReading = { phase: 'off', ageMs: undefined, live: 0, missing: 0 };

/** What the feed counts. Every label set is there at 0, whether there is a feed or not. */
export class FeedMetrics {
  readonly #latency: Histogram;
  readonly #frames: Counter<'kind'>;
  readonly #ignored: Counter<'reason'>;
  readonly #gaps: Counter<'reason'>;
  readonly #rows: Counter<'table'>;
  readonly #connects: Counter<'outcome'>;
  #read: () => FeedReading = () => noFeed;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#latency = new Histogram({
      name: 'spark_feed_db_duration_seconds',
      help: 'Receipt of a frame of the feed to its commit, for frames that brought something new.',
      buckets: FEED_BUCKETS_S,
      registers,
    });
    const counter = <L extends string>(name: string, help: string, label: L) =>
      new Counter({ name, help, labelNames: [label], registers });
    this.#frames = counter('spark_feed_frames_total', 'Frames of the feed.', 'kind');
    this.#ignored = counter(
      ...([
        'spark_feed_ignored_frames_total',
        'Frames that said nothing to us.',
        'reason',
      ] as const),
    );
    this.#gaps = counter('spark_feed_gaps_total', 'Gaps in the record, by symbol.', 'reason');
    this.#rows = counter('spark_feed_rows_total', 'Rows committed.', 'table');
    this.#connects = counter('spark_feed_connects_total', 'Connects to the feed.', 'outcome');
    for (const kind of frameKinds) this.#frames.inc({ kind }, 0);
    for (const reason of ignoredReasons) this.#ignored.inc({ reason }, 0);
    for (const reason of gapReasons) this.#gaps.inc({ reason }, 0);
    for (const table of tables) this.#rows.inc({ table }, 0);
    for (const outcome of ['opened', 'failed']) this.#connects.inc({ outcome }, 0);
    registerGauges(registry, () => this.#read());
  }

  follow(read: () => FeedReading): void {
    this.#read = read;
  }

  add({ tally, latencies }: Extract<FeedMessage, { kind: 'report' }>): void {
    for (const seconds of latencies) this.#latency.observe(seconds);
    const { frames, ignored, gaps, rows, connects }: FeedTally = tally;
    for (const [kind, count] of Object.entries(frames)) this.#frames.inc({ kind }, count);
    for (const [reason, count] of Object.entries(ignored)) this.#ignored.inc({ reason }, count);
    for (const [reason, count] of Object.entries(gaps)) this.#gaps.inc({ reason }, count);
    for (const [table, count] of Object.entries(rows)) this.#rows.inc({ table }, count);
    for (const [outcome, count] of Object.entries(connects)) this.#connects.inc({ outcome }, count);
  }
}

function registerGauges(registry: Registry, read: () => FeedReading): void {
  const registers = [registry];
  new Gauge({
    name: 'spark_feed_age_seconds',
    help: 'Since the newest frame that is written, or repeats what is; NaN without a feed.',
    registers,
    collect() {
      this.set((read().ageMs ?? Number.NaN) / 1_000);
    },
  });
  new Gauge({
    name: 'spark_feed_state',
    help: '1 for what the feed is doing.',
    labelNames: ['state'],
    registers,
    collect() {
      const { phase } = read();
      for (const state of feedPhases) this.set({ state }, Number(state === phase));
    },
  });
  new Gauge({
    name: 'spark_feed_books',
    help: 'Books that are complete and in sequence, and those that are not.',
    labelNames: ['state'],
    registers,
    collect() {
      const { live, missing } = read();
      this.set({ state: 'live' }, live);
      this.set({ state: 'missing' }, missing);
    },
  });
}
