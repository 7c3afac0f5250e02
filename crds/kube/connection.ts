import type { Dispatcher } from 'undici';

/** One way to one API server: where it is, the sockets to it, and who we say we are. */
export interface KubeConnection {
  /** Scheme, host and port, without a path. */
  readonly origin: string;
  /** Ask again for every request: it is replaced when the CA file changes. */
  readonly dispatcher: Dispatcher;
  /** The `authorization` header, or undefined where a client certificate says who we are. */
  authorization(): string | undefined;
  close(): Promise<void>;
}

export { inClusterConnection } from './in-cluster.ts';
export { kubeconfigConnection } from './kubeconfig.ts';
