import type { Clock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import {
  ListWatch,
  type ListWatchOptions,
  type ListWatchStats,
} from '../../crds/kube/list-watch.ts';
import type { Change, KubeObject } from '../../crds/kube/object-store.ts';
import { executorsPath, incidentsPath, resourcePath } from '../../crds/kube/paths.ts';
import { EXECUTOR_LABEL, type ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { KINDS } from '../apply/kinds.ts';
import { CHILD_KINDS, type ChildKind, MANAGED_BY, MANAGED_BY_LABEL } from '../desired/child.ts';
import type { Live } from './observed.ts';
import type { Pod } from './pod.ts';

export interface WorldOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  /** undefined: all namespaces. */
  readonly namespaces: readonly string[] | undefined;
  readonly onExecutor: (key: ExecutorKey, object: TradingExecutor | undefined) => void;
  readonly onChild: (key: ExecutorKey) => void;
  readonly onIncident: (incident: TradingIncident, gone: boolean) => void;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

type Watches<T extends KubeObject> = readonly ListWatch<T>[];

const nameOf = (key: ExecutorKey): string => `${key.namespace}/${key.name}`;
const OURS = `${MANAGED_BY_LABEL}=${MANAGED_BY}`;

/** What the operator knows of the cluster: one list-watch a kind and namespace. */
export class World {
  readonly #options: WorldOptions;
  readonly #executors: Watches<TradingExecutor>;
  readonly #incidents: Watches<TradingIncident>;
  readonly #pods: Watches<Pod>;
  readonly #podsOf = new Map<string, Map<string, Pod>>();
  readonly #children = new Map<ChildKind, Watches<Live>>();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#executors = this.#each(executorsPath, {
      onChange: ({ kind, object }) =>
        options.onExecutor(object.metadata, kind === 'set' ? object : undefined),
    });
    this.#incidents = this.#each(incidentsPath, {
      onChange: ({ kind, object }) => options.onIncident(object, kind === 'gone'),
    });
    const pods = (namespace?: string) =>
      resourcePath({ apiVersion: 'v1', resource: 'pods', namespace });
    this.#pods = this.#each<Pod>(
      pods,
      this.#ofExecutor((change, key) => this.#index(change, key)),
    );
    for (const kind of CHILD_KINDS) {
      if (kind !== 'ServiceMonitor') this.#addKind(kind);
    }
  }

  /** Every replica watches executors: each may be asked to take an alert in. */
  async startExecutors(): Promise<void> {
    const all = [...this.#executors, ...this.#incidents];
    for (const watch of all) watch.start();
    await Promise.all(all.map((watch) => watch.synced()));
  }

  /** Only the leader needs to see the children. */
  async startChildren(): Promise<void> {
    const all = [...this.#pods, ...[...this.#children.values()].flat()];
    for (const watch of all) watch.start();
    await Promise.all(all.map((watch) => watch.synced()));
  }

  /** Once the API server knows them. */
  async startServiceMonitors(): Promise<void> {
    if (this.#children.has('ServiceMonitor')) return;
    const watches = this.#addKind('ServiceMonitor');
    for (const watch of watches) watch.start();
    await Promise.all(watches.map((watch) => watch.synced()));
  }

  /** Once it does not know them any more. */
  async stopServiceMonitors(): Promise<void> {
    const watches = this.#children.get('ServiceMonitor') ?? [];
    this.#children.delete('ServiceMonitor');
    await Promise.all(watches.map((watch) => watch.stop()));
  }

  async stop(): Promise<void> {
    const children = [...this.#children.values()].flat();
    await Promise.all([
      ...[...this.#executors, ...this.#incidents, ...this.#pods].map((watch) => watch.stop()),
      ...children.map((watch) => watch.stop()),
    ]);
  }

  executor(key: ExecutorKey): TradingExecutor | undefined {
    return found(this.#executors, key);
  }

  executors(): readonly TradingExecutor[] {
    return this.#executors.flatMap((watch) => watch.list());
  }

  incident(key: ExecutorKey): TradingIncident | undefined {
    return found(this.#incidents, key);
  }

  incidents(): readonly TradingIncident[] {
    return this.#incidents.flatMap((watch) => watch.list());
  }

  pods(key: ExecutorKey): readonly Pod[] {
    // One pod per StatefulSet, plus strays with the label: all of them can place orders.
    return [...(this.#podsOf.get(nameOf(key))?.values() ?? [])];
  }

  child(kind: ChildKind, key: ExecutorKey): Live | undefined {
    const live = found(this.#children.get(kind) ?? [], key);
    return live && { ...live, kind };
  }

  knows(kind: ChildKind): boolean {
    return this.#children.get(kind)?.every((watch) => watch.hasSynced) ?? false;
  }

  /** Takes in what a write returned, so that the next plan sees it before the watch does. */
  sawExecutor(object: TradingExecutor): void {
    for (const watch of covering(this.#executors, this.#options, object)) watch.saw(object);
  }

  sawChild(kind: ChildKind, live: Live): void {
    for (const watch of covering(this.#children.get(kind) ?? [], this.#options, live)) {
      watch.saw(live);
    }
  }

  stats(): ReadonlyMap<string, readonly ListWatchStats[]> {
    const of = (watches: Watches<never> | Watches<Live>) => watches.map((watch) => watch.stats());
    return new Map([
      ['tradingexecutors', this.#executors.map((watch) => watch.stats())],
      ['tradingincidents', this.#incidents.map((watch) => watch.stats())],
      ['pods', this.#pods.map((watch) => watch.stats())],
      ...[...this.#children].map(
        ([kind, watches]) => [KINDS[kind].resource, of(watches)] as [string, ListWatchStats[]],
      ),
    ]);
  }

  #addKind(kind: ChildKind): Watches<Live> {
    const { apiVersion, resource } = KINDS[kind];
    const path = (namespace?: string) => resourcePath({ apiVersion, resource, namespace });
    const watches = this.#each<Live>(path, this.#ofExecutor());
    this.#children.set(kind, watches);
    return watches;
  }

  #ofExecutor<T extends KubeObject>(
    first: (change: Change<T>, key: ExecutorKey) => void = () => undefined,
  ): Pick<ListWatchOptions<T>, 'labelSelector' | 'onChange'> {
    return {
      labelSelector: OURS,
      onChange: (change) => {
        const { namespace, labels } = change.object.metadata;
        const name = labels?.[EXECUTOR_LABEL];
        if (name === undefined) return;
        first(change, { namespace, name });
        this.#options.onChild({ namespace, name });
      },
    };
  }

  #index({ kind, object }: Change<Pod>, key: ExecutorKey): void {
    const name = nameOf(key);
    const pods = this.#podsOf.get(name) ?? new Map<string, Pod>();
    if (kind === 'set') pods.set(object.metadata.uid, object);
    else pods.delete(object.metadata.uid);
    if (pods.size > 0) this.#podsOf.set(name, pods);
    else this.#podsOf.delete(name);
  }

  #each<T extends KubeObject>(
    path: (namespace?: string) => string,
    more: Pick<ListWatchOptions<T>, 'labelSelector' | 'onChange'>,
  ): Watches<T> {
    const { connection, clock, random, log, namespaces = [undefined] } = this.#options;
    return namespaces.map(
      (namespace) =>
        new ListWatch<T>({ connection, clock, random, log, path: path(namespace), ...more }),
    );
  }
}

function found<T extends KubeObject>(watches: Watches<T>, key: ExecutorKey): T | undefined {
  for (const watch of watches) {
    const object = watch.get({ namespace: key.namespace, name: key.name });
    if (object !== undefined) return object;
  }
  return undefined;
}

/** The watches that look at this object's namespace. */
function covering<T extends KubeObject>(
  watches: Watches<T>,
  { namespaces }: WorldOptions,
  object: KubeObject,
): Watches<T> {
  if (namespaces === undefined) return watches;
  return watches.filter((_, index) => namespaces[index] === object.metadata.namespace);
}
