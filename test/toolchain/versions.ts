/**
 * Every version the test platform is made of. An artefact in the cache is keyed by its version here,
 * so a new number builds a new artefact and leaves the old one for the branch that still wants it.
 *
 * Kubernetes stays on 1.34: a 1.35 kubelet refuses cgroup v1. etcd stays on 3.6: the watches of a
 * 1.34 API server over etcd 3.4 get no bookmarks.
 */
export const versions = {
  kubernetes: 'v1.34.2',
  /** The staging modules (k8s.io/api, …) that belong to `kubernetes`. */
  kubernetesLibraries: 'v0.34.2',
  etcd: 'v3.6.5',
  coredns: 'v1.12.1',
  kind: 'v0.30.0',
  helm: 'v3.19.0',
  localPathProvisioner: 'v0.0.30',
  pause: 'v1',
  prometheusOperator: 'v0.85.0',
  /** The Go module's v0.305.0 is the release 3.5.0. */
  prometheus: 'v3.5.0',
  prometheusModule: 'v0.305.0',
  alertmanager: 'v0.28.1',
  nats: 'v2.11.8',
  s3Server: 'v0.0.12',
  kubeconform: 'v0.7.0',
  kubeScore: 'v1.20.0',
  /** Go that is fetched when the machine has none, or one older than `goMin`. */
  goFetched: '1.25.5',
  goMin: '1.24',
} as const;

/** Bump when the way something is built changes although its version does not. */
export const recipes = {
  binaries: 1,
  images: 1,
  nodeImage: 1,
  postgres: 1,
  chromium: 1,
} as const;
