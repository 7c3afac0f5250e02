import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { z } from 'zod';
import type { KubeConnection } from '../crds/kube/connection.ts';
import { inClusterConnection, kubeconfigConnection } from '../crds/kube/connection.ts';
import type { ApiSource, LogLevel } from './flags.ts';

/** What the operator's programs begin with. */

/** JSON lines on standard output; tokens and Authorization headers are taken out by name. */
export const programLog = (level: LogLevel): Logger =>
  pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['authorization', '*.authorization', 'token', '*.token', '*.headers.authorization'],
  });

/** Throws when the kubeconfig, or what the pod has mounted, cannot be read. */
export const connectionTo = (api: ApiSource): KubeConnection =>
  api.kind === 'in-cluster'
    ? inClusterConnection(api)
    : kubeconfigConnection(readFileSync(api.path, 'utf8'));

/** The same API server for whoever shows a token: with nothing of the operator's own. */
export function strangersTo(api: ApiSource): KubeConnection {
  if (api.kind === 'kubeconfig') {
    return kubeconfigConnection(readFileSync(api.path, 'utf8'), 'nobody');
  }
  const own = inClusterConnection(api);
  return {
    origin: own.origin,
    get dispatcher() {
      return own.dispatcher; // it follows the cluster's authority, and shows no certificate
    },
    authorization: () => undefined,
    close: () => own.close(),
  };
}

const PodEnv = z.object({
  KUBERNETES_SERVICE_HOST: z.string().min(1),
  KUBERNETES_SERVICE_PORT: z.string().min(1).default('443'),
});

/** Of a Helm hook, which only ever runs in a pod. Throws when the environment is none. */
export function podConnection(env: Readonly<Record<string, string | undefined>>): KubeConnection {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = PodEnv.parse(env);
  return inClusterConnection({ host, port });
}

/** A Helm hook's flags, each of which the chart gives. Throws what is wrong with them. */
export function hookFlags<T extends z.ZodObject>(schema: T, args: string[]): z.output<T> {
  const names = Object.keys(schema.shape);
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  return schema.parse(parseArgs({ args, options }).values);
}
