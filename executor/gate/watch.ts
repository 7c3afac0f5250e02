import type { Clock } from '../../crds/clock.ts';
import { call, KubeUnreachable } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { ListWatch } from '../../crds/kube/list-watch.ts';
import { executorPath, executorsPath, resourcePath } from '../../crds/kube/paths.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { Log } from '../log.ts';
import type { Gate } from './gate.ts';
import { momentOf } from './sight.ts';
import type { ControlSource } from './source.ts';

export interface ControlWatchParts {
  readonly key: ExecutorKey;
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly gate: Gate;
  readonly log: Log;
}

/** Of three GETs in a grace two may fail. */
const PROOFS_PER_GRACE = 3;
/** A GET that takes longer proves nothing any more. */
const GET_TIMEOUT_MS = 5_000;
const STEP_MS = 1_000;
/** Of the 30 s a pod has to end. */
const LAST_LOOK_MS = 2_000;

/**
 * Keeps the gate's sight of the one own object: a watch as the fast path, a consistent GET every
 * lossGrace/3 as the proof. The GET carries no resourceVersion, so the API server reads the newest
 * state from its store; what the watch has not delivered by then is counted.
 */
export class ControlWatch implements ControlSource {
  readonly #parts: ControlWatchParts;
  readonly #watch: ListWatch<TradingExecutor>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** Since when the namespace is going, as far as it was asked. */
  #closingSince: string | undefined;

  constructor(parts: ControlWatchParts) {
    this.#parts = parts;
    const { key, connection, clock, random, gate, log } = parts;
    this.#watch = new ListWatch<TradingExecutor>({
      ...{ connection, clock, random },
      path: executorsPath(key.namespace),
      fieldSelector: `metadata.name=${key.name}`,
      log: (message, fields) => log.warn({ ...fields }, message),
      onChange: (change) =>
        gate.look(
          change.kind === 'gone'
            ? { kind: 'gone' }
            : { kind: 'object', raw: this.#doomed(change.object), from: 'watch' },
        ),
    });
  }

  start(): void {
    this.#watch.start();
    this.#running = this.#prove(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the control watch was stopped'));
    await this.#watch.stop();
    await this.#running;
  }

  /**
   * For who is asked to stop: its object may have been deleted or killed a moment ago, and afterwards
   * nobody is left to cancel. With the object goes the right to read it, so 401 and 403 mean gone
   * here; no answer means merely blind. A namespace that goes has its pods stopped before it deletes
   * anything else, and none is made again: that counts as a deletion of the object.
   */
  async lastLook(): Promise<void> {
    const { gate } = this.#parts;
    const { signal } = this.#stopping;
    const [status, closingSince] = await Promise.all([
      this.#get(LAST_LOOK_MS, signal),
      this.#namespaceClosing(signal),
    ]);
    if (status === 401 || status === 403) gate.look({ kind: 'gone' });
    if (closingSince === undefined) return;
    this.#closingSince = closingSince;
    const { object } = gate.sight;
    if (object !== null) gate.look({ kind: 'object', raw: this.#doomed(object), from: 'watch' });
  }

  /** When the own namespace was deleted; undefined: it was not, or nobody says so. */
  async #namespaceClosing(signal: AbortSignal): Promise<string | undefined> {
    const { key, connection } = this.#parts;
    const path = resourcePath({ apiVersion: 'v1', resource: 'namespaces', name: key.namespace });
    const timeoutMs = LAST_LOOK_MS;
    interface Namespace {
      readonly metadata?: { readonly deletionTimestamp?: string };
    }
    try {
      const answer = await call<Namespace>(connection, { method: 'GET', path, timeoutMs, signal });
      return answer.ok ? answer.body.metadata?.deletionTimestamp : undefined;
    } catch (fault) {
      if (!signal.aborted && !(fault instanceof KubeUnreachable)) throw fault;
      return undefined;
    }
  }

  /** The object as it is, or, in a namespace that goes, as it will be in a moment. */
  #doomed(raw: TradingExecutor): TradingExecutor {
    if (this.#closingSince === undefined) return raw;
    return { ...raw, metadata: { deletionTimestamp: this.#closingSince, ...raw.metadata } };
  }

  stats() {
    return this.#watch.stats();
  }

  async #prove(signal: AbortSignal): Promise<void> {
    const { clock, gate } = this.#parts;
    while (!signal.aborted) {
      const askedAt = clock.elapsed();
      const periodMs = () => gate.lossGraceMs() / PROOFS_PER_GRACE;
      await this.#get(Math.min(GET_TIMEOUT_MS, periodMs()), signal);
      // In short steps: the very answer may have made the grace shorter.
      for (let restMs = 1; restMs > 0 && !signal.aborted; ) {
        restMs = askedAt + periodMs() - clock.elapsed();
        await clock.after(Math.min(Math.max(restMs, 0), STEP_MS), signal).catch(() => undefined);
      }
    }
  }

  /**
   * 404: gone at once. Any other failure proves nothing, and blindness comes by itself. Resolves with
   * the HTTP status; undefined without an answer.
   */
  async #get(timeoutMs: number, signal: AbortSignal): Promise<number | undefined> {
    const { key, connection, clock, gate, log } = this.#parts;
    const asked = momentOf(clock);
    const askedAt = asked.elapsed;
    try {
      const path = executorPath(key);
      const answer = await call<TradingExecutor>(connection, {
        ...{ method: 'GET', path, timeoutMs, signal },
      });
      if (signal.aborted) return undefined;
      if (answer.ok) {
        gate.proven(asked);
        gate.look({ kind: 'object', raw: this.#doomed(answer.body), from: 'get', askedAt });
        this.#watch.saw(answer.body);
      } else if (answer.status === 404) {
        gate.proven(asked);
        gate.look({ kind: 'gone' });
      } else {
        const { status, message } = answer;
        log.warn({ status, message }, 'the API server does not show us our TradingExecutor');
      }
      return answer.ok ? 200 : answer.status;
    } catch (fault) {
      if (signal.aborted) return undefined;
      if (!(fault instanceof KubeUnreachable)) throw fault;
      log.warn({ err: fault }, 'no answer from the API server; blind after lossGrace');
      return undefined;
    }
  }
}
