const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Why this is no place to run alone; undefined when it is. In a pod the TradingExecutor must stay
 * the only source: a kill there would not reach a process that does not look at it.
 */
export function insideKubernetes(
  env: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): string | undefined {
  const sign =
    env.KUBERNETES_SERVICE_HOST !== undefined
      ? 'KUBERNETES_SERVICE_HOST is set'
      : exists(MOUNT)
        ? `${MOUNT} is mounted`
        : undefined;
  if (sign === undefined) return undefined;
  return `--standalone does not start inside Kubernetes (${sign}): a kill of a TradingExecutor would not reach it. Declare a TradingExecutor and let the operator run it: crds/examples/`;
}
