import type { Clock } from '../../crds/clock.ts';
import type { FeedRecord, Receipt } from './records.ts';
import type { FeedStore } from './store.ts';
import { type Counting, zeroTally } from './tally.ts';

/** What comes in waits so long for company: one commit for all of it. */
const COMMIT_MS = 50;
/** …but never in a larger crowd. */
const BATCH_RECORDS_MAX = 1_000;

export interface BatchParts {
  readonly clock: Clock;
  readonly store: FeedStore;
  /** Once, in the turn in which a write failed or room ran out. */
  readonly onUnwritable: (why: string) => void;
}

interface Blocked {
  readonly since: number;
  readonly isThisTurn: boolean;
}

/** Gathers records into commits, and measures each frame from its receipt to its commit. */
export class Batch {
  readonly #parts: BatchParts;
  #records: FeedRecord[] = [];
  #receipts: Receipt[] = [];
  /** The newest frame with data; settled by the next commit. */
  #newest: Receipt | undefined;
  #settled: Receipt | undefined;
  #markedUntil = 0;
  readonly #startedAt: number;
  #blocked: Blocked | undefined;
  #isDue = false;
  #unwritable: string | undefined;
  #latencies: number[] = [];
  #tally: Counting = zeroTally();

  constructor(parts: BatchParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.elapsed();
  }

  get tally(): Counting {
    return this.#tally;
  }

  /** Why nothing is written; undefined while it is. */
  get unwritable(): string | undefined {
    return this.#unwritable;
  }

  /** The newest receipt up to which nothing waits. */
  get settled(): Receipt | undefined {
    return this.#settled;
  }

  /** The same in monotonic ms; before the first, when this began. */
  get settledAt(): number {
    return this.#settled?.elapsed ?? this.#startedAt;
  }

  /**
   * The stamp of a frame that is being read now. A frame that waited behind our own disk work may
   * have come in at any time since that began, so it is counted from there: never too kindly.
   */
  receipt(): Receipt {
    const { clock } = this.#parts;
    const now = clock.elapsed();
    return { wall: clock.wall(), elapsed: Math.min(now, this.#blocked?.since ?? now) };
  }

  add(records: readonly FeedRecord[], receipt: Receipt, isData: boolean): void {
    if (isData) this.#newest = receipt;
    if (records.length === 0) return;
    this.#records.push(...records);
    if (isData) this.#receipts.push(receipt);
    if (this.#records.length >= BATCH_RECORDS_MAX) this.commit();
    else this.#schedule();
  }

  commit(): void {
    if (this.#unwritable !== undefined) return;
    const due = this.#records;
    const receipts = this.#receipts;
    const newest = this.#newest ?? this.#settled;
    if (due.length === 0 && (newest?.wall ?? 0) <= this.#markedUntil) return;
    this.#records = [];
    this.#receipts = [];
    this.#guarded(due, () => {
      const rows = this.#parts.store.write(due, newest?.wall);
      this.#markedUntil = newest?.wall ?? this.#markedUntil;
      this.#settled = newest;
      for (const [table, count] of Object.entries(rows)) {
        this.#tally.rows[table as keyof typeof rows] += count;
      }
      const now = this.#parts.clock.elapsed();
      for (const { elapsed } of receipts) this.#latencies.push((now - elapsed) / 1_000);
    });
  }

  /** Moves the mark on, deletes a piece of what is old, and looks at the room that is left. */
  keep(): void {
    this.commit();
    this.#guarded([], () => this.#retain());
  }

  /** Whether it can be written again; the gaps that could not be told are told first. */
  retry(): boolean {
    const waiting = this.#records;
    this.#records = [];
    this.#guarded(waiting, () => {
      this.#retain();
      this.#parts.store.write(waiting, undefined);
      this.#unwritable = undefined;
    });
    return this.#unwritable === undefined;
  }

  /** The counts and latencies since the last call. */
  taken(): { readonly tally: Counting; readonly latencies: Float64Array<ArrayBuffer> } {
    const taken = { tally: this.#tally, latencies: Float64Array.from(this.#latencies) };
    this.#tally = zeroTally();
    this.#latencies = [];
    return taken;
  }

  #retain(): void {
    const { clock, store } = this.#parts;
    const room = store.room();
    store.retain(clock.wall(), room);
    if (room === 'none' && store.room() === 'none') {
      throw new Error('no room is left for the feed on its volume; free some, or enlarge it');
    }
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    void this.#parts.clock.after(COMMIT_MS).then(() => {
      this.#isDue = false;
      this.commit();
    });
  }

  /** Disk work in this thread. When it fails, frames are given up; word of gaps is kept. */
  #guarded(due: readonly FeedRecord[], work: () => void): void {
    this.#block();
    const wasUnwritable = this.#unwritable;
    try {
      work();
    } catch (fault) {
      this.#unwritable = fault instanceof Error ? fault.message : String(fault);
      this.#records = [...due.filter(isOfGap), ...this.#records.filter(isOfGap)];
      this.#receipts = [];
      this.#newest = this.#settled;
      if (wasUnwritable === undefined) this.#parts.onUnwritable(this.#unwritable);
    }
  }

  /** From the first disk work of a turn until the sockets have been read in a turn after it. */
  #block(): void {
    if (this.#blocked?.isThisTurn) return;
    const blocked = { since: this.#parts.clock.elapsed(), isThisTurn: true };
    this.#blocked = blocked;
    setImmediate(() => {
      blocked.isThisTurn = false;
      setImmediate(() => {
        if (this.#blocked === blocked) this.#blocked = undefined;
      });
    });
  }
}

const isOfGap = ({ kind }: FeedRecord): boolean => kind === 'gap-opened' || kind === 'gap-closed';
