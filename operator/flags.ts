import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ACK_BUCKETS_S } from '../crds/ack-buckets.ts';
import { Name } from '../crds/fields.ts';

/** What the flags of the operator's programs have in common. */

export const Port = z.coerce.number<string>().int().min(0).max(65_535);
export const Origin = z
  .url({ protocol: /^https?$/, error: 'must be a URL such as http://prometheus.monitoring:9090' })
  .transform((url) => url.replace(/\/+$/, ''));
export const Folder = z.string().startsWith('/', { error: 'must be an absolute path' });
export const LogLevel = z.enum(['debug', 'info', 'warn', 'error']);
export type LogLevel = z.output<typeof LogLevel>;
/** The limit of Place→ACK: what lies between two bounds of the histogram cannot be counted. */
export const LatencySeconds = z.coerce.number<string>().refine((s) => ACK_BUCKETS_S.includes(s), {
  error: `must be a bucket of spark_place_ack_duration_seconds: ${ACK_BUCKETS_S.join(', ')}`,
});
export const Share = z.coerce.number<string>().gt(0).lt(1);
/** Names with commas between. */
export const Names = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(Name).min(1));
const ACCOUNT = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
export const OperatorAccount = z
  .string({ error: 'is required: namespace/name of the account this operator runs as' })
  .regex(ACCOUNT, { error: 'must be namespace/name, e.g. trading-system/operator' });

export const ApiEnv = z.object({
  KUBERNETES_SERVICE_HOST: z.string().min(1).optional(),
  KUBERNETES_SERVICE_PORT: z.string().min(1).optional(),
});

/** Where the API server is. */
export type ApiSource =
  | { readonly kind: 'kubeconfig'; readonly path: string }
  | { readonly kind: 'in-cluster'; readonly host: string; readonly port: string };

/** Only known flags with a value; an empty value counts as not given, as charts render it. */
export function valuesOf(argv: readonly string[], names: readonly string[]) {
  const faults: string[] = [];
  const values: Record<string, string> = {};
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`"${token.value}" is not a flag`);
    if (token.kind !== 'option') continue;
    if (!names.includes(token.name)) faults.push(`${token.rawName} is not a flag of this program`);
    else if (token.value === undefined) faults.push(`${token.rawName} needs a value`);
    else if (token.value !== '') values[token.name] = token.value;
  }
  return { values, faults };
}

/** Each fault of a parse in words, the flag's or variable's name first. */
export const told = (error: z.ZodError, prefix: string): string[] =>
  error.issues.map((issue) => `${prefix}${issue.path.join('.')} ${lower(issue.message)}`);
const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

export const NO_API =
  '--kubeconfig is required outside a cluster (KUBERNETES_SERVICE_HOST is not set)';

/** undefined: neither a kubeconfig is named nor is this a pod. */
export function apiOf(
  kubeconfig: string | undefined,
  env: z.output<typeof ApiEnv>,
): ApiSource | undefined {
  if (kubeconfig !== undefined) return { kind: 'kubeconfig', path: kubeconfig };
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  return host === undefined ? undefined : { kind: 'in-cluster', host, port };
}
