import { Worker } from 'node:worker_threads';
import type { EpochMs } from '../../crds/clock.ts';
import type { OrderId } from '../order/order.ts';
import type { AuditSummary, AuditWindow } from './audit.ts';
import { eventOfText } from './entry-text.ts';
import type { DenialCount, Entry, ExportPage, Journal, Stored } from './journal.ts';
import { rowOf, type StoredRow } from './rows.ts';
import type {
  Answers,
  Note,
  PostgresSetup,
  Query,
  Reply,
  Request,
  SqliteSetup,
} from './thread-protocol.ts';

interface Waiting {
  resolve(value: Answers[keyof Answers] | undefined): void;
  reject(fault: Error): void;
}

/**
 * A journal that lives in a thread of its own: nothing that is slow about it, fsync, network, parsing
 * or summing up, is on the main loop. `workerUrl` is the module the thread runs: the program's own
 * entry, or the adapter's worker itself.
 */
export abstract class JournalThread implements Journal {
  readonly #worker: Worker;
  readonly #onNote: (note: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #broken: Error | undefined;

  constructor(
    workerData: SqliteSetup | PostgresSetup,
    workerUrl: URL,
    onNote: (note: string) => void = () => undefined,
  ) {
    this.#onNote = onNote;
    // Nothing of our environment, arguments or flags concerns the thread, and it needs little memory.
    const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 8 };
    const options = { workerData, env: {}, argv: [], execArgv: [], resourceLimits };
    this.#worker = new Worker(workerUrl, options);
    this.#worker.on('message', (message: Reply | Note) => this.#hear(message));
    this.#worker.on('error', (fault) =>
      this.#fail(fault instanceof Error ? fault : new Error(String(fault))),
    );
    this.#worker.on('exit', () => this.#fail(new Error('the journal thread has ended')));
  }

  async append(entries: readonly Entry[]): Promise<readonly Stored[]> {
    const bound = await this.#ask({ kind: 'append', rows: entries.map(rowOf) });
    return bound?.map(storedOf) ?? [];
  }

  load(since: EpochMs): Promise<readonly Stored[]> {
    return this.#query({ kind: 'load', since });
  }

  bound(scope: string): Promise<readonly Stored[]> {
    return this.#query({ kind: 'bound', scope });
  }

  order(orderId: OrderId): Promise<readonly Stored[]> {
    return this.#query({ kind: 'order', orderId });
  }

  audit(window: AuditWindow): Promise<AuditSummary> {
    return this.#ask({ kind: 'audit', window });
  }

  async tally(counts: readonly DenialCount[]): Promise<void> {
    await this.#ask({ kind: 'tally', counts });
  }

  export(after: number): Promise<ExportPage> {
    return this.#ask({ kind: 'export', after });
  }

  prune(before: EpochMs): Promise<number> {
    return this.#ask({ kind: 'prune', before });
  }

  async close(): Promise<void> {
    if (this.#broken === undefined) await this.#ask({ kind: 'close' });
    await this.#worker.terminate();
  }

  get broken(): Error | undefined {
    return this.#broken;
  }

  async #query(query: Query): Promise<readonly Stored[]> {
    return (await this.#ask({ kind: 'query', query })).map(storedOf);
  }

  #ask<R extends WithoutId<Request>>(request: R): Promise<Answers[R['kind']]> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const id = this.#next++;
    const answer = new Promise<Answers[keyof Answers] | undefined>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
    return answer as Promise<Answers[R['kind']]>;
  }

  #hear(message: Reply | Note): void {
    if ('note' in message) {
      this.#onNote(message.note);
      if (message.isEnd) this.#fail(new Error(message.note));
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.ok) waiting?.resolve(message.value);
    else waiting?.reject(new Error(`the journal refused: ${message.message}`));
  }

  #fail(fault: Error): void {
    this.#broken ??= new Error(`the journal is closed: ${fault.message}`, { cause: fault });
    for (const { reject } of this.#waiting.values()) reject(this.#broken);
    this.#waiting.clear();
  }
}

const storedOf = ({ sequence, at, orderId, body }: StoredRow): Stored => ({
  sequence,
  at: at as EpochMs,
  orderId: orderId as OrderId,
  event: eventOfText(body),
});

type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never;
