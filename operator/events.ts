import { createHash } from 'node:crypto';
import type { Clock } from '../crds/clock.ts';
import { MERGE_PATCH } from '../crds/kube/call.ts';
import { corePath } from '../crds/kube/paths.ts';
import { API_VERSION } from '../crds/names.ts';
import type { TradingExecutor } from '../crds/trading-executor.ts';
import type { Note } from './apply/action.ts';
import type { Cluster } from './cluster.ts';
import { MANAGED_BY } from './desired/child.ts';
import { instant } from './reconcile/instant.ts';

/** The same words within this time are one Event with a count, as `kubectl describe` shows them. */
const AGGREGATE_MS = 600_000;
/** Each entry is one Event under way; more than this many at once and the oldest are forgotten. */
const REMEMBERED_MAX = 4_096;
/** With an API server that hangs, Events are dropped and not heaped up. */
const WAITING_MAX = 256;

interface Told {
  readonly name: string;
  readonly first: string;
  readonly at: number;
  count: number;
}

/** Writes core/v1 Events. Never waits for them and never fails: an Event is a courtesy. */
export class EventRecorder {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #lost: (cause: unknown) => void;
  readonly #told = new Map<string, Told>();
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(cluster: Cluster, clock: Clock, lost: (cause: unknown) => void) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#lost = lost;
  }

  tell(object: TradingExecutor, note: Note): void {
    // One after another: a count must not overtake the Event it counts on.
    if (this.#waiting >= WAITING_MAX) {
      this.#lost(new Error(`too many Events at once; dropped ${note.reason}`));
      return;
    }
    this.#waiting += 1;
    this.#tail = this.#tail
      .then(() => this.#write(object, note))
      .catch(this.#lost)
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #write(object: TradingExecutor, note: Note): Promise<void> {
    const { name, namespace, uid } = object.metadata;
    const text = [uid, note.type, note.reason, note.message].join('\n');
    const now = instant(this.#clock.wall());
    const told = this.#told.get(text);
    if (told !== undefined && this.#clock.elapsed() - told.at < AGGREGATE_MS) {
      told.count += 1;
      const body = { count: told.count, lastTimestamp: now };
      const path = corePath('events', namespace, told.name);
      await this.#cluster.write({ method: 'PATCH', path, contentType: MERGE_PATCH, body });
      return;
    }
    const suffix = createHash('sha256').update(`${text}\n${now}`).digest('hex').slice(0, 16);
    const event = `${name.slice(0, 230)}.${suffix}`;
    this.#remember(text, { name: event, first: now, at: this.#clock.elapsed(), count: 1 });
    await this.#cluster.write({
      method: 'POST',
      path: corePath('events', namespace),
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: event, namespace },
        involvedObject: { apiVersion: API_VERSION, kind: 'TradingExecutor', name, namespace, uid },
        ...note,
        message: note.message.slice(0, 1_024),
        source: { component: MANAGED_BY },
        reportingComponent: MANAGED_BY,
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
      },
    });
  }

  #remember(text: string, told: Told): void {
    this.#told.delete(text);
    this.#told.set(text, told);
    if (this.#told.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#told.keys();
    if (oldest !== undefined) this.#told.delete(oldest);
  }
}
