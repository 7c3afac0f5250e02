import type { Clock } from '../../../crds/clock.ts';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { ListWatch } from '../../../crds/kube/list-watch.ts';
import { corePath } from '../../../crds/kube/paths.ts';
import { EXECUTOR_LABEL } from '../../../crds/names.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../desired/child.ts';
import { mayRun, type Pod } from '../../reconcile/pod.ts';

/** A pod in which an executor may run. */
export interface PodAddress {
  readonly uid: string;
  readonly name: string;
  /** '' while it has none. */
  readonly ip: string;
}

/** Where the pods of executors are. */
export interface Pods {
  start(): void;
  stop(): Promise<void>;
  /** By `namespace/name` of the executor, once they were listed; none when stopped before. */
  byExecutor(): Promise<ReadonlyMap<string, readonly PodAddress[]>>;
}

export interface PodsOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  /** undefined: all. */
  readonly namespaces: readonly string[] | undefined;
}

/**
 * A watch of its own, on either replica and only while somebody looks: the operator's is the leader's. The
 * Service would reach one pod and not say which, and its name is looked up in the threads that also read
 * the token with which kills are confirmed.
 */
export function watchedPods(options: PodsOptions): Pods {
  let watches: readonly ListWatch<Pod>[] = [];
  return {
    start() {
      if (watches.length > 0) return;
      const { connection, clock, random, namespaces = [undefined] } = options;
      const labelSelector = `${MANAGED_BY_LABEL}=${MANAGED_BY}`;
      const onChange = () => undefined;
      watches = namespaces.map((namespace) => {
        const path = corePath('pods', namespace);
        const way = { connection, clock, random, path, labelSelector, onChange };
        return new ListWatch<Pod>(way);
      });
      for (const watch of watches) watch.start();
    },
    async stop() {
      const open = watches;
      watches = [];
      await Promise.all(open.map((watch) => watch.stop()));
    },
    async byExecutor() {
      const open = watches;
      const synced = open.map((watch) => watch.synced());
      await Promise.all(synced).catch(() => undefined); // stopped before
      return addresses(open.flatMap((watch) => watch.list()));
    },
  };
}

function addresses(pods: readonly Pod[]): ReadonlyMap<string, readonly PodAddress[]> {
  const all = new Map<string, PodAddress[]>();
  for (const pod of pods.filter(mayRun)) {
    const { namespace, labels, uid, name } = pod.metadata;
    const key = `${namespace}/${labels?.[EXECUTOR_LABEL]}`;
    all.set(key, [...(all.get(key) ?? []), { uid, name, ip: pod.status?.podIP ?? '' }]);
  }
  return all;
}
