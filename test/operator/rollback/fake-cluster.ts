import type { ExecutorKey } from '../../../crds/names.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import type { TradingIncident } from '../../../crds/trading-incident.ts';
import type { KubeEvent } from '../../../operator/rollback/announce.ts';
import type { RollbackCluster, Written } from '../../../operator/rollback/cluster.ts';
import { specPatch, statusPatch } from '../../../operator/rollback/patch.ts';

type Json = Record<string, unknown>;

/** The API server as far as the rollback uses it: resource versions, refusals, merge patches. */
export class FakeCluster implements RollbackCluster {
  readonly executors = new Map<string, TradingExecutor>();
  readonly records = new Map<string, TradingIncident>();
  readonly events = new Map<string, KubeEvent>();
  /** Every accepted write, by kind. */
  readonly writes: string[] = [];
  #version = 100;
  /** Throws before or after a write, or changes something in between, as the test pleases. */
  beforeWrite: (kind: string) => void = () => undefined;
  afterWrite: (kind: string) => void = () => undefined;
  onChange: (executor: TradingExecutor) => void = () => undefined;
  onIncident: (incident: TradingIncident) => void = () => undefined;

  put(executor: TradingExecutor): TradingExecutor {
    const resourceVersion = String(++this.#version);
    const stored = { ...executor, metadata: { ...executor.metadata, resourceVersion } };
    this.executors.set(idOf(stored.metadata), stored);
    this.onChange(stored);
    return stored;
  }

  putIncident(incident: TradingIncident): void {
    const resourceVersion = String(++this.#version);
    const stored = { ...incident, metadata: { ...incident.metadata, resourceVersion } };
    this.records.set(idOf(stored.metadata), stored);
    this.onIncident(stored);
  }

  get btc(): TradingExecutor {
    const found = this.executors.get('desk/btc');
    if (found === undefined) throw new Error('there is no desk/btc');
    return found;
  }

  async executor(key: ExecutorKey) {
    return this.executors.get(idOf(key));
  }

  async incidents(namespace: string) {
    return [...this.records.values()].filter((one) => one.metadata.namespace === namespace);
  }

  async incident(key: ExecutorKey) {
    return this.records.get(idOf(key));
  }

  async createIncident(incident: Parameters<RollbackCluster['createIncident']>[0]) {
    return this.#write('create-incident', () => {
      if (this.records.has(idOf(incident.metadata))) return 'exists' as const;
      const uid = `uid-${incident.metadata.name}`;
      this.putIncident({
        ...incident,
        metadata: { ...incident.metadata, uid, resourceVersion: '' },
      });
      return 'created' as const;
    });
  }

  async writeIncidentStatus(
    read: TradingIncident,
    status: NonNullable<TradingIncident['status']>,
  ): Promise<Written> {
    return this.#write('incident-status', () => {
      const current = this.records.get(idOf(read.metadata));
      if (current === undefined) return 'gone';
      if (current.metadata.resourceVersion !== read.metadata.resourceVersion) return 'conflict';
      this.putIncident({ ...current, status: { ...current.status, ...status } });
      return 'written';
    });
  }

  async writeRollback(
    read: TradingExecutor,
    change: Parameters<RollbackCluster['writeRollback']>[1],
  ): Promise<Written> {
    const kind = change.rollback.latched ? 'status-latched' : 'status';
    return this.#write(kind, () => {
      const current = this.executors.get(idOf(read.metadata));
      if (current === undefined) return 'gone';
      if (current.metadata.resourceVersion !== read.metadata.resourceVersion) return 'conflict';
      const { status } = statusPatch(read, change) as { status: Json };
      const merged = mergePatch((current.status ?? {}) as Json, status);
      this.put({ ...current, status: merged as NonNullable<TradingExecutor['status']> });
      return 'written';
    });
  }

  async patchSpec(read: TradingExecutor, incident: string): Promise<Written> {
    return this.#write('patch-spec', () => {
      const current = this.executors.get(idOf(read.metadata));
      if (current === undefined) return 'gone';
      const operations = specPatch(read, incident);
      const holds = operations.every(
        ({ op, path, value }) => op !== 'test' || at(current as unknown as Json, path) === value,
      );
      if (!holds) return 'conflict';
      const annotations = {
        ...current.metadata.annotations,
        'spark.trading/rolled-back-by': incident,
      };
      const generation = (current.metadata.generation ?? 1) + 1;
      this.put({
        ...current,
        metadata: { ...current.metadata, annotations, generation },
        spec: { ...current.spec, mode: 'paper', killSwitch: true },
      });
      return 'written';
    });
  }

  async createEvent(event: KubeEvent): Promise<void> {
    return this.#write('event', () => void this.events.set(event.metadata.name, event));
  }

  #write<T>(kind: string, perform: () => T): T {
    this.beforeWrite(kind);
    const result = perform();
    if (result !== 'conflict' && result !== 'gone' && result !== 'exists') this.writes.push(kind);
    this.afterWrite(kind);
    return result;
  }
}

const idOf = ({ namespace, name }: ExecutorKey) => `${namespace}/${name}`;

const at = (value: Json, path: string): unknown =>
  path
    .slice(1)
    .split('/')
    .reduce<unknown>((inner, key) => (inner as Json)?.[key], value);

/** RFC 7386. */
export function mergePatch(target: Json, patch: Json): Json {
  const result = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (typeof value === 'object' && !Array.isArray(value)) {
      result[key] = mergePatch((result[key] ?? {}) as Json, value as Json);
    } else result[key] = value;
  }
  return result;
}
