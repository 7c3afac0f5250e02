import { createHash } from 'node:crypto';
import type { Clock } from '../crds/clock.ts';
import { type Answer, MERGE_PATCH } from '../crds/kube/call.ts';
import { corePath } from '../crds/kube/paths.ts';
import { API_VERSION } from '../crds/names.ts';
import type { TradingExecutor } from '../crds/trading-executor.ts';
import type { Note } from './apply/action.ts';
import { ApiRefused, type Cluster } from './cluster.ts';
import { MANAGED_BY } from './desired/child.ts';
import { EventCorrelation, type Telling } from './event-correlation.ts';
import { instant } from './reconcile/instant.ts';

/** With an API server that hangs, Events are dropped and not heaped up. */
const WAITING_MAX = 256;
const TIMEOUT_MS = 5_000;
const MESSAGE_MAX = 1_024;

/**
 * Writes core/v1 Events, as few as `EventCorrelation` makes of them. Never waits for them and never
 * fails: an Event is a courtesy. What could not be written, or was one too many, goes to `lost`.
 */
export class EventRecorder {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #lost: (cause: unknown) => void;
  readonly #correlation = new EventCorrelation();
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(cluster: Cluster, clock: Clock, lost: (cause: unknown) => void) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#lost = lost;
  }

  tell(object: TradingExecutor, note: Note): void {
    const now = instant(this.#clock.wall());
    const message = note.message.slice(0, MESSAGE_MAX);
    const said = { ...note, message, uid: object.metadata.uid };
    const telling = this.#correlation.tell(said, this.#clock.elapsed(), now);
    if (telling === undefined || this.#waiting >= WAITING_MAX) {
      const { namespace, name } = object.metadata;
      this.#lost(new Error(`too many Events of ${namespace}/${name}; dropped ${note.reason}`));
      return;
    }
    this.#waiting += 1;
    // One after another: a count must not overtake the Event it counts on.
    this.#tail = this.#tail
      .then(() => this.#write(object, { ...note, ...telling, now }))
      .catch(this.#lost)
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #write(object: TradingExecutor, event: Written): Promise<void> {
    const { name, namespace } = object.metadata;
    const path = corePath('events', namespace, nameOf(object, event));
    if (event.count > 1) {
      const message = event.message.slice(0, MESSAGE_MAX);
      const body = { message, count: event.count, lastTimestamp: event.now };
      const how = { contentType: MERGE_PATCH, timeoutMs: TIMEOUT_MS };
      const counted = await this.#cluster.write({ method: 'PATCH', path, body, ...how });
      if (counted.ok) return;
      if (counted.status !== 404) throw new ApiRefused(`count the Event at ${path}`, counted);
    }
    // Events live for an hour: the one to count on may be gone, or was never taken.
    const made: Answer<unknown> = await this.#cluster.write({
      ...{ method: 'POST', path: corePath('events', namespace), timeoutMs: TIMEOUT_MS },
      body: eventOf(object, event),
    });
    if (!made.ok) throw new ApiRefused(`create an Event for ${namespace}/${name}`, made);
  }
}

type Written = Note & Telling & { readonly now: string };

function nameOf({ metadata }: TradingExecutor, { id, first }: Written): string {
  const suffix = createHash('sha256').update(`${id}\n${first}`).digest('hex').slice(0, 16);
  return `${metadata.name.slice(0, 230)}.${suffix}`;
}

function eventOf(object: TradingExecutor, event: Written): object {
  const { name, namespace, uid } = object.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: nameOf(object, event), namespace },
    involvedObject: { apiVersion: API_VERSION, kind: 'TradingExecutor', name, namespace, uid },
    type: event.type,
    reason: event.reason,
    message: event.message.slice(0, MESSAGE_MAX),
    source: { component: MANAGED_BY },
    reportingComponent: MANAGED_BY,
    firstTimestamp: event.first,
    lastTimestamp: event.now,
    count: event.count,
  };
}
