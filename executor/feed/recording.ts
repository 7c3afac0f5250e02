import type { Clock } from '../../crds/clock.ts';
import { Batch } from './batch.ts';
import { frameOf } from './frames.ts';
import type { FeedMessage, FeedPhase } from './protocol.ts';
import type { FeedRecord, GapReason } from './records.ts';
import { type Attempts, begun, ended, type Heard, isDead, noAttempts, pauseMs } from './redial.ts';
import {
  type FeedEvent,
  type FeedState,
  nothingJoined,
  reduce,
  type Subscription,
} from './reduce.ts';
import type { Dial, Ending, FeedSocket } from './socket.ts';
import type { FeedStore } from './store.ts';

const REPORT_MS = 250;
const KEEP_MS = 1_000;
const UNWRITABLE_RETRY_MS = 2_000;

export interface RecordingParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly dial: Dial;
  readonly store: FeedStore;
  readonly url: string;
  readonly silentMs: number;
  readonly tell: (message: FeedMessage) => void;
}

interface Connection {
  readonly socket: FeedSocket;
  readonly over: PromiseWithResolvers<void>;
  heard: Heard;
}

/** The feed's thread: one connection at a time, and the file that its frames go to. */
export class Recording {
  readonly #parts: RecordingParts;
  readonly #batch: Batch;
  #state: FeedState = nothingJoined;
  #connection: Connection | undefined;
  #attempts: Attempts = noAttempts;
  #why: string | undefined;

  constructor(parts: RecordingParts) {
    this.#parts = parts;
    const { clock, store } = parts;
    this.#batch = new Batch({ clock, store, onUnwritable: (why) => this.#unwritable(why) });
  }

  /** Joins what is new and leaves what is gone, on the connection that stands. */
  follow(symbols: readonly string[], since?: 'start'): void {
    const until = since === 'start' ? this.#parts.store.recordedUntil() : undefined;
    this.#step({ kind: 'whitelist', symbols, since: until });
    if (symbols.length === 0) this.#hangUp('left', { why: 'the whitelist is empty' });
  }

  /** Until aborted; then what came in is committed. */
  async run(signal: AbortSignal): Promise<void> {
    const ticking = this.#tick(signal);
    while (!signal.aborted) {
      const { clock, random } = this.#parts;
      const waitMs = this.#isWanted()
        ? pauseMs(this.#attempts, clock.elapsed(), random)
        : REPORT_MS;
      await clock.after(waitMs, signal).catch(() => undefined);
      if (!signal.aborted && this.#isWanted()) await this.#connect(signal);
    }
    this.#connection?.socket.destroy();
    this.#batch.commit();
    await ticking;
  }

  #isWanted(): boolean {
    return this.#state.symbols.size > 0 && this.#batch.unwritable === undefined;
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { clock, dial, url } = this.#parts;
    const now = clock.elapsed();
    this.#attempts = begun(this.#attempts, now);
    const over = Promise.withResolvers<void>();
    const stop = () => over.resolve();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const socket = dial(url, {
        opened: () => this.#opened(),
        text: (text) => this.#text(text),
        ping: () => this.#heard({ isData: false }),
        ended: (ending) => this.#hangUp('closed', ending),
      });
      const heard = { beganAt: now, openedAt: undefined, anyAt: undefined, dataAt: undefined };
      this.#connection = { socket, over, heard };
      await over.promise;
    } catch (fault) {
      this.#failed({ why: fault instanceof Error ? fault.message : String(fault) }, 0);
    }
    signal.removeEventListener('abort', stop);
  }

  #opened(): void {
    if (this.#connection === undefined) return;
    const openedAt = this.#parts.clock.elapsed();
    this.#connection.heard = { ...this.#connection.heard, openedAt };
    this.#why = undefined;
    this.#batch.tally.connects.opened += 1;
    this.#log('info', 'the feed is connected', { symbols: this.#state.symbols.size });
    this.#step({ kind: 'opened' });
  }

  #text(text: string): void {
    const frame = frameOf(text);
    const isData = frame.kind !== 'ignored' && frame.kind !== 'control';
    if (frame.kind !== 'ignored') this.#batch.tally.frames[frame.kind] += 1;
    this.#heard({ isData });
    this.#step({ kind: 'frame', frame }, isData);
  }

  #heard({ isData }: { readonly isData: boolean }): void {
    if (this.#connection === undefined) return;
    const anyAt = this.#parts.clock.elapsed();
    const { heard } = this.#connection;
    this.#connection.heard = { ...heard, anyAt, dataAt: isData ? anyAt : heard.dataAt };
  }

  #step(event: FeedEvent, isData = false): void {
    const receipt = this.#batch.receipt();
    const step = reduce(this.#state, event, receipt);
    this.#state = step.state;
    for (const send of step.sends) this.#connection?.socket.send(subscriptionText(send));
    if (step.ignored !== undefined) this.#batch.tally.ignored[step.ignored] += 1;
    this.#countGaps(step.records);
    this.#batch.add(step.records, receipt, isData);
  }

  #countGaps(records: readonly FeedRecord[]): void {
    const gaps = records.filter((record) => record.kind === 'gap-opened');
    const [first] = gaps;
    if (first === undefined) return;
    for (const { reason } of gaps) this.#batch.tally.gaps[reason] += 1;
    const symbols = gaps.map(({ symbol }) => symbol);
    this.#log('info', 'the feed has a gap', { reason: first.reason, symbols });
  }

  #hangUp(reason: GapReason, ending: Ending): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    connection.socket.destroy();
    const { openedAt } = connection.heard;
    this.#failed(ending, openedAt === undefined ? 0 : this.#parts.clock.elapsed() - openedAt);
    const from = reason === 'disk' ? this.#batch.settled?.wall : undefined;
    this.#step({ kind: 'closed', reason, from });
    connection.over.resolve();
  }

  /** Said at the first, second, fourth, … in a row: an address where nobody is is no news. */
  #failed({ why, retryAfterMs }: Ending, stoodMs: number): void {
    this.#why = why;
    this.#attempts = ended(this.#attempts, { stoodMs, retryAfterMs });
    const { failures } = this.#attempts;
    if (stoodMs === 0) this.#batch.tally.connects.failed += 1;
    if ((failures & (failures - 1)) === 0) {
      this.#log('warn', 'the feed is not connected', { why, failures });
    }
  }

  #unwritable(why: string): void {
    this.#log('warn', 'the feed cannot be written; orders are not concerned', { why });
    this.#hangUp('disk', { why });
  }

  /** Housekeeping in small steps; each may end the connection. */
  async #tick(signal: AbortSignal): Promise<void> {
    const { clock, silentMs } = this.#parts;
    let keptAt = clock.elapsed();
    while (!signal.aborted) {
      await clock.after(REPORT_MS, signal).catch(() => undefined);
      const now = clock.elapsed();
      const isWritten = this.#batch.unwritable === undefined;
      if (now - keptAt >= (isWritten ? KEEP_MS : UNWRITABLE_RETRY_MS)) {
        keptAt = now;
        if (isWritten) this.#batch.keep();
        else if (this.#batch.retry()) this.#log('info', 'the feed is written again', {});
      }
      this.#step({ kind: 'tick' });
      const connection = this.#connection;
      if (connection !== undefined && isDead(connection.heard, now, silentMs)) {
        this.#hangUp('silent', { why: 'nothing came over the connection' });
      }
      this.#report();
    }
    this.#report();
  }

  #report(): void {
    const { clock, tell } = this.#parts;
    const books = [...this.#state.symbols.values()].map(({ book }) => book.kind);
    const { tally, latencies } = this.#batch.taken();
    const unwritable = this.#batch.unwritable;
    const live = books.filter((kind) => kind === 'live').length;
    const age = clock.elapsed() - this.#batch.settledAt;
    const ageMs = books.length === 0 ? undefined : age;
    const why = unwritable ?? this.#why;
    const standing = { phase: this.#phase(), why, ageMs, symbols: books.length, live };
    tell({ kind: 'report', standing, tally, latencies });
  }

  #phase(): FeedPhase {
    if (this.#state.symbols.size === 0) return 'off';
    if (this.#batch.unwritable !== undefined) return 'unwritable';
    return this.#connection?.heard.openedAt === undefined ? 'connecting' : 'open';
  }

  #log(level: 'info' | 'warn', message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#parts.tell({ kind: 'log', level, message, fields });
  }
}

function subscriptionText({ channel, symbol, join }: Subscription): string {
  return JSON.stringify([151, { type: 151, channel, event: symbol, join }]);
}
