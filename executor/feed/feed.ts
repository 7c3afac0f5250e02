import { Worker } from 'node:worker_threads';
import type { Clock } from '../../crds/clock.ts';
import { backoffMs } from '../../crds/kube/backoff.ts';
import type { Log } from '../log.ts';
import type { FeedAddress } from './address.ts';
import type { FeedMetrics, FeedReading } from './feed-metrics.ts';
import type { FeedMessage, FeedRequest, FeedSetup, FeedStanding } from './protocol.ts';

/** BTCTurk repeats tickers every 0.76 s: so many of all of them do not go missing by chance. */
const SILENT_MS = 15_000;
const WHITELIST_LOOK_MS = 1_000;
/** A thread that ran so long was a good one. */
const GOOD_MS = 60_000;
/** The thread's last commit takes a few ms. */
const STOP_MS = 2_000;

export interface FeedParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: FeedMetrics;
  readonly address: FeedAddress;
  readonly path: string;
  /** The module that the thread runs: the program's own entry, or `feed-worker.ts`. */
  readonly worker: URL;
  /** The whitelist in force; looked at every second. */
  readonly symbols: () => readonly string[];
  readonly setup?: Partial<Pick<FeedSetup, 'silentMs' | 'limits'>>;
}

const STARTING: FeedStanding = {
  phase: 'connecting',
  why: undefined,
  ageMs: 0,
  symbols: 0,
  live: 0,
};

/**
 * The main thread's side of the feed: starts its thread, tells it the whitelist, and passes its
 * figures on. Whatever happens to the feed, trading goes on: it is said, counted, and tried again.
 */
export class Feed {
  readonly #parts: FeedParts;
  #standing: FeedStanding = STARTING;
  #heardAt: number;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#heardAt = parts.clock.elapsed();
    parts.metrics.follow(() => this.reading());
  }

  reading(): FeedReading {
    const { phase, symbols, live } = this.#current();
    return { phase, ageMs: this.#ageMs(), live, missing: symbols - live };
  }

  /** For people: what the feed is doing, and why it is not doing more. */
  words(): string {
    const { phase, why, symbols, live } = this.#current();
    const because = why === undefined ? '' : `: ${why}`;
    const ageMs = this.#ageMs();
    if (phase === 'off') return `off${because}`;
    const age = `${((ageMs ?? 0) / 1_000).toFixed(1)} s`;
    if (phase === 'open') return `open: ${live} of ${symbols} books live, ${age} old`;
    return `${phase}${because}; ${age} old`;
  }

  /** Until aborted. A thread that ends is started again, ever more slowly. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log, address } = this.#parts;
    if (address.kind === 'none') {
      log.info({ why: address.why }, 'there is no feed');
      return;
    }
    for (let failures = 0; !signal.aborted; ) {
      const startedAt = clock.elapsed();
      const why = await this.#thread(address.url, signal).catch(String);
      if (signal.aborted) return;
      failures = clock.elapsed() - startedAt >= GOOD_MS ? 1 : failures + 1;
      this.#stand({ ...this.#standing, phase: 'broken', why, ageMs: this.#ageMs(), live: 0 });
      log.error({ why, failures }, 'the thread of the feed has ended; it is started again');
      await clock.after(backoffMs({ failures }, random), signal).catch(() => undefined);
    }
  }

  /** Resolves with the reason once the thread has ended. */
  async #thread(url: string, signal: AbortSignal): Promise<string> {
    const { path, worker: module, symbols, setup, clock } = this.#parts;
    let told = symbols();
    const workerData: FeedSetup = {
      ...{ role: 'feed', path, url, symbols: told, silentMs: SILENT_MS },
      ...setup,
    };
    const resourceLimits = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16 };
    const options = { workerData, env: {}, argv: [], execArgv: [], resourceLimits };
    const thread = new Worker(module, options);
    const over = new AbortController();
    const ended = new Promise<string>((resolve) => {
      thread.once('error', (fault) => resolve(fault instanceof Error ? fault.message : `${fault}`));
      thread.once('exit', (code) => resolve(`it ended with code ${code}`));
    }).finally(() => over.abort());
    thread.on('message', (message: FeedMessage) => this.#heard(message));
    const say = (request: FeedRequest) => thread.postMessage(request);
    const either = AbortSignal.any([signal, over.signal]);
    while (!either.aborted) {
      await clock.after(WHITELIST_LOOK_MS, either).catch(() => undefined);
      const now = symbols();
      if (either.aborted || now.join() === told.join()) continue;
      told = now;
      say({ kind: 'follow', symbols: now });
    }
    if (!over.signal.aborted) say({ kind: 'stop' });
    await Promise.race([ended, clock.after(STOP_MS, over.signal).catch(() => undefined)]);
    await thread.terminate();
    return ended;
  }

  #heard(message: FeedMessage): void {
    const { log, metrics } = this.#parts;
    if (message.kind === 'log') {
      log[message.level]({ ...message.fields }, message.message);
      return;
    }
    metrics.add(message);
    this.#stand(message.standing);
  }

  #stand(standing: FeedStanding): void {
    this.#standing = standing;
    this.#heardAt = this.#parts.clock.elapsed();
  }

  #current(): FeedStanding {
    const { address } = this.#parts;
    if (address.kind === 'at') return this.#standing;
    return { phase: 'off', why: address.why, ageMs: undefined, symbols: 0, live: 0 };
  }

  /** It grows between reports, and goes on growing when there are none. */
  #ageMs(): number | undefined {
    const { ageMs } = this.#current();
    return ageMs === undefined ? undefined : ageMs + this.#parts.clock.elapsed() - this.#heardAt;
  }
}
