import type { Progress } from '../setup/steps.ts';

export const CLUSTER_NAME = 'trading-executor';
export const WAYS = ['kubeconfig', 'kind-published', 'kind-built'] as const;
export type Way = (typeof WAYS)[number];
/** Pulled from a registry, or built here from packages where none answers. */
export type ImageSource = 'published' | 'built';

export interface Capabilities {
  /** A default StorageClass makes volumes on demand. */
  readonly persistentVolumes: boolean;
  /** More than one node. */
  readonly twoNodes: boolean;
  /** Nodes are containers that tests may stop, start and look into through `env.DOCKER_HOST`. */
  readonly docker: boolean;
  /** NodePorts that are open on 127.0.0.1 where `command()` puts a process. */
  readonly nodePorts: readonly number[];
}

/** A Kubernetes cluster for tests and the demo, whichever way it came to be. */
export interface Cluster {
  readonly way: Way;
  /** Why this way was taken, for people. */
  readonly reason: string;
  readonly images: ImageSource;
  readonly kubeconfigPath: string;
  /** Set these on a process that talks to the cluster: KUBECONFIG, PATH with kubectl, DOCKER_HOST. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes it, mends it or finds it healthy; afterwards Services and volumes work. Safe to repeat. */
  up(progress: Progress): Promise<void>;
  /** Removes what `up` made. A cluster that was there before is left alone. */
  down(progress: Progress): Promise<void>;
  /** True when it is there and answers; never changes anything. */
  isUp(): Promise<boolean>;
  /** Makes an image of the local daemon known to every node; costs nothing when it is there. */
  loadImage(ref: string): Promise<void>;
  capabilities(): Capabilities;
  /** The command line for a process that must reach the cluster's addresses. */
  command(argv: readonly string[]): string[];
}

/** kubectl's standard output; throws when it fails. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;
