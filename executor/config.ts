import { z } from 'zod';
import { Name } from '../crds/fields.ts';
import type { ExecutorKey } from '../crds/names.ts';

const Env = z.object({
  EXECUTOR_NAMESPACE: Name,
  EXECUTOR_NAME: Name,
  POD_NAME: Name,
  POD_IP: z.union([z.ipv4(), z.ipv6()]).optional(),
  OPERATOR_SERVICE_ACCOUNT: z
    .string()
    .regex(/^[a-z0-9][-a-z0-9.]*\/[a-z0-9][-a-z0-9.]*$/, 'must be namespace/name')
    .optional(),
  CREDENTIALS_SECRET: Name.optional(),
  KUBERNETES_SERVICE_HOST: z.string().min(1),
  KUBERNETES_SERVICE_PORT: z.string().regex(/^[0-9]{1,5}$/),
});

export interface Config {
  readonly key: ExecutorKey;
  readonly pod: string;
  readonly podIp: string | undefined;
  readonly operator: { readonly namespace: string; readonly name: string } | undefined;
  /** The Secret that is mounted. It only names the Lease, and the Role allows no other. */
  readonly credentialsSecret: string | undefined;
  readonly api: { readonly host: string; readonly port: string };
}

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  /** Every fault at once, ready to be printed. */
  | { readonly ok: false; readonly faults: string };

/** Who this pod is, and no more: mode, limits and the kill come from its TradingExecutor alone. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ParsedConfig {
  const parsed = Env.safeParse(env);
  if (!parsed.success) {
    const faults = z.prettifyError(parsed.error);
    return { ok: false, faults: `the executor's environment is not complete\n${faults}` };
  }
  const { data } = parsed;
  const [namespace = '', name = ''] = data.OPERATOR_SERVICE_ACCOUNT?.split('/') ?? [];
  return {
    ok: true,
    config: {
      key: { namespace: data.EXECUTOR_NAMESPACE, name: data.EXECUTOR_NAME },
      pod: data.POD_NAME,
      podIp: data.POD_IP,
      operator: name === '' ? undefined : { namespace, name },
      credentialsSecret: data.CREDENTIALS_SECRET,
      api: { host: data.KUBERNETES_SERVICE_HOST, port: data.KUBERNETES_SERVICE_PORT },
    },
  };
}
