import { dropOldest, GROUP_MAX } from './bounds.ts';
import { isReceipt } from './rows.ts';
import { type Append, type Note, type Reply, refused } from './thread-protocol.ts';

export interface Waiting extends Append {
  readonly since: number;
  /** Of its first row; 0 until it was first sent to the database. */
  sequence: number;
  /** Its caller was told no: a fact, kept until it can be written. */
  isRefused: boolean;
}

/** Appends that are not known to be durable, in their order, and what was told about them. */
export class PostgresQueue {
  readonly #tell: (message: Reply | Note) => void;
  readonly #onFault: (append: Append, why: string) => void;
  #waiting: Waiting[] = [];
  #takeBack: number[] = [];
  #nextSequence = 0;
  /** Somebody has waited in vain, and nothing has come through since. */
  #stalled: string | undefined;

  /** `onFault` answers for an append that breaks a rule of the tables. */
  constructor(
    tell: (message: Reply | Note) => void,
    onFault: (append: Append, why: string) => void,
  ) {
    this.#tell = tell;
    this.#onFault = onFault;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Of everything sent so far. */
  get lastSequence(): number {
    return this.#nextSequence - 1;
  }

  /** Sequences of receipts that were refused and may be in the database. */
  get takeBack(): readonly number[] {
    return this.#takeBack;
  }

  /** The journal holds sequences up to here. */
  goOnFrom(sequence: number): void {
    this.#nextSequence = sequence + 1;
  }

  /** Who comes while the database is known not to answer is told so at once. */
  push(request: Append, since: number): void {
    const waiting: Waiting = { ...request, since, sequence: 0, isRefused: false };
    this.#waiting.push(waiting);
    if (this.#stalled !== undefined) this.refuse([waiting], this.#stalled);
  }

  /** The database answers: who comes now may wait for it. */
  resume(): void {
    this.#stalled = undefined;
  }

  /** The oldest, each with its sequences: sent again, it has the same ones. */
  group(): readonly Waiting[] {
    const group = this.#waiting.slice(0, GROUP_MAX);
    for (const one of group) {
      if (one.sequence !== 0) continue;
      one.sequence = this.#nextSequence;
      this.#nextSequence += one.rows.length;
    }
    return group;
  }

  /** The group is durable, but for those at the places of `faults`, which are not in it. */
  settle(group: readonly Waiting[], faults: ReadonlyMap<number, string>): void {
    const done = new Set(group);
    this.resume();
    this.#waiting = this.#waiting.filter((one) => !done.has(one));
    group.forEach((one, index) => {
      const fault = faults.get(index);
      if (one.isRefused) return;
      if (fault === undefined) this.#tell({ id: one.id, ok: true });
      else this.#onFault(one, fault);
    });
  }

  /** Tells their callers no. Facts stay and are written later; receipts are forgotten. */
  refuse(those: readonly Waiting[], why: string): void {
    for (const one of those.filter(({ isRefused }) => !isRefused)) {
      one.isRefused = true;
      if (isReceipt(one.rows) && one.sequence !== 0) {
        this.#takeBack.push(...one.rows.map((_, index) => one.sequence + index));
      }
      this.#tell(refused(one.id, why));
    }
    this.#waiting = this.#waiting.filter(({ isRefused, rows }) => !(isRefused && isReceipt(rows)));
    const dropped = dropOldest(this.#waiting);
    if (dropped > 0)
      this.#tell({ note: `${dropped} events were given up: no database takes them` });
  }

  /** Nobody waits longer than since `limit`. */
  expire(limit: number, why: string): void {
    const late = this.#waiting.filter(({ since, isRefused }) => !isRefused && since <= limit);
    if (late.length === 0) return;
    this.#stalled = why;
    this.refuse(late, why);
  }

  tookBack(sequences: readonly number[]): void {
    this.#takeBack = this.#takeBack.filter((one) => !sequences.includes(one));
  }
}
