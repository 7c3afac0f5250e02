import { Worker } from 'node:worker_threads';
import type { EpochMs } from '../../crds/clock.ts';
import type { OrderEvent, OrderId } from '../order/order.ts';
import type { AuditSummary, AuditWindow } from './audit.ts';
import { eventOfText, eventText } from './entry-text.ts';
import { type Entry, type Journal, type Stored, scopeOf } from './journal.ts';
import type { Query, Reply, Request, Row, WorkerSetup } from './sqlite-protocol.ts';

interface Waiting {
  resolve(reply: Extract<Reply, { ok: true }>): void;
  reject(fault: Error): void;
}

/**
 * The journal in one SQLite file (WAL, synchronous FULL), owned by a worker thread that commits
 * everything waiting in one transaction. `workerUrl` is the module the thread runs: the program's
 * own entry, or `sqlite-worker.ts` itself.
 */
export class SqliteJournal implements Journal {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #broken: Error | undefined;

  constructor(path: string, workerUrl: URL) {
    const workerData: WorkerSetup = { role: 'journal', path };
    // Nothing of our environment, arguments or flags concerns the thread, and it needs little memory.
    const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 8 };
    const options = { workerData, env: {}, argv: [], execArgv: [], resourceLimits };
    this.#worker = new Worker(workerUrl, options);
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (fault) =>
      this.#fail(fault instanceof Error ? fault : new Error(String(fault))),
    );
    this.#worker.on('exit', () => this.#fail(new Error('the journal thread has ended')));
  }

  async append(entries: readonly Entry[]): Promise<void> {
    await this.#ask({ kind: 'append', rows: entries.map(rowOf) });
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

  async audit(window: AuditWindow): Promise<AuditSummary> {
    const { audit } = await this.#ask({ kind: 'audit', window });
    if (audit === undefined)
      throw new Error('the journal thread answered an audit without its sums');
    return audit;
  }

  async close(): Promise<void> {
    if (this.#broken !== undefined) return;
    await this.#ask({ kind: 'close' });
    await this.#worker.terminate();
  }

  async #query(query: Query): Promise<readonly Stored[]> {
    const { rows = [] } = await this.#ask({ kind: 'query', query });
    return rows.map(({ sequence, at, orderId, body }) => ({
      sequence,
      at: at as EpochMs,
      orderId: orderId as OrderId,
      event: eventOfText(body),
    }));
  }

  #ask(request: WithoutId<Request>): Promise<Extract<Reply, { ok: true }>> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id } as Request);
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply);
    else waiting?.reject(new Error(`the journal refused: ${reply.message}`));
  }

  /** Why nothing can be written any more; undefined while it can. */
  get broken(): Error | undefined {
    return this.#broken;
  }

  #fail(fault: Error): void {
    this.#broken ??= new Error(`the journal is closed: ${fault.message}`, { cause: fault });
    for (const { reject } of this.#waiting.values()) reject(this.#broken);
    this.#waiting.clear();
  }
}

type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never;

function rowOf({ at, orderId, event }: Entry): Row {
  const scope = event.kind === 'received' ? scopeOf(event.terms.caller, event.terms.key) : null;
  return { at, orderId, kind: event.kind, body: eventText(event), scope, final: isFinal(event) };
}

/** Whether anything more is expected of the order; null when the event does not say. */
function isFinal(event: OrderEvent): boolean | null {
  switch (event.kind) {
    case 'dropped':
    case 'rejected':
    case 'unwatched':
      return true;
    case 'seen':
      return event.view.status !== 'open';
    case 'sent':
    case 'lost':
    case 'presumed-absent':
      return false;
    case 'received':
    case 'cancel-asked':
    case 'placed':
      return null;
    default:
      return event satisfies never;
  }
}
