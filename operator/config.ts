import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Name } from '../crds/fields.ts';
import type { Settings } from './desired/child.ts';

const Port = z.coerce.number<string>().int().min(0).max(65_535);
const Origin = z
  .url({ protocol: /^https?$/, error: 'must be a URL such as http://prometheus.monitoring:9090' })
  .transform((url) => url.replace(/\/+$/, ''));
const Folder = z.string().startsWith('/', { error: 'must be an absolute path' });
const ACCOUNT = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** One row a flag; its name is the flag's. */
const Flags = z.strictObject({
  'executor-image': z
    .string({ error: 'is required: the image of executors whose spec names none' })
    .min(1),
  'operator-service-account': z
    .string({ error: 'is required: namespace/name of the account this operator runs as' })
    .regex(ACCOUNT, { error: 'must be namespace/name, e.g. trading-system/operator' }),
  'executor-pull-secrets': z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(Name))
    .default([]),
  'network-policy': z.enum(['off', 'on']).default('off'),
  'metrics-namespaces': z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(Name))
    .default([]),
  'watch-namespaces': z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(Name).min(1))
    .optional(),
  'prometheus-url': Origin.optional(),
  'alertmanager-url': Origin.optional(),
  'public-url': Origin.optional(),
  'evidence-dir': Folder.default('/var/lib/trading-operator/evidence'),
  'tls-dir': Folder.default('/etc/trading-operator/tls'),
  'webhook-token-file': Folder.default('/etc/trading-operator/webhook/token'),
  'executor-token-file': Folder.default('/var/run/secrets/spark.trading/token'),
  kubeconfig: z.string().min(1).optional(),
  'https-port': Port.default(9_443),
  'http-port': Port.default(8_080),
  'lease-namespace': Name.optional(),
  metrics: z.enum(['open', 'protected']).default('open'),
  'log-level': z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

const Env = z.object({
  POD_NAME: z.string().min(1).optional(),
  POD_NAMESPACE: Name.optional(),
  KUBERNETES_SERVICE_HOST: z.string().min(1).optional(),
  KUBERNETES_SERVICE_PORT: z.string().min(1).optional(),
});

export interface Config {
  readonly settings: Settings;
  /** undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly prometheusUrl: string | undefined;
  readonly alertmanagerUrl: string | undefined;
  readonly publicUrl: string | undefined;
  readonly evidenceDir: string;
  readonly tlsDir: string;
  readonly webhookTokenFile: string;
  readonly executorTokenFile: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** `protected`: GET /metrics over TLS only, for those who may. */
  readonly metrics: 'open' | 'protected';
  readonly leaseNamespace: string;
  readonly podName: string | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly api:
    | { readonly kind: 'kubeconfig'; readonly path: string }
    | { readonly kind: 'in-cluster'; readonly host: string; readonly port: string };
}

export type Parsed =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Flags (without node and script) and environment. Tells every fault there is, not the first. */
export function parseConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Parsed {
  const { values, faults } = valuesOf(argv);
  const flags = Flags.safeParse(values);
  const environment = Env.safeParse(env);
  if (!flags.success) faults.push(...told(flags.error, '--'));
  if (!environment.success) faults.push(...told(environment.error, ''));
  const api = apiOf(values.kubeconfig, environment.success ? environment.data : {});
  if (api === undefined) {
    faults.push('--kubeconfig is required outside a cluster (KUBERNETES_SERVICE_HOST is not set)');
  }
  const leaseNamespace = values['lease-namespace'] ?? env.POD_NAMESPACE;
  if (leaseNamespace === undefined) {
    faults.push('--lease-namespace is required where POD_NAMESPACE is not set');
  }
  if (!flags.success || !environment.success || !api || !leaseNamespace || faults.length > 0) {
    return { ok: false, faults };
  }
  return {
    ok: true,
    config: { ...shaped(flags.data), api, leaseNamespace, podName: env.POD_NAME },
  };
}

function shaped(flags: z.output<typeof Flags>): Omit<Config, 'api' | 'leaseNamespace' | 'podName'> {
  return {
    settings: {
      executorImage: flags['executor-image'],
      executorPullSecrets: flags['executor-pull-secrets'],
      operatorServiceAccount: flags['operator-service-account'],
      networkPolicy:
        flags['network-policy'] === 'on'
          ? { metricsNamespaces: flags['metrics-namespaces'] }
          : undefined,
    },
    namespaces: flags['watch-namespaces'],
    prometheusUrl: flags['prometheus-url'],
    alertmanagerUrl: flags['alertmanager-url'],
    publicUrl: flags['public-url'],
    evidenceDir: flags['evidence-dir'],
    tlsDir: flags['tls-dir'],
    webhookTokenFile: flags['webhook-token-file'],
    executorTokenFile: flags['executor-token-file'],
    httpsPort: flags['https-port'],
    httpPort: flags['http-port'],
    metrics: flags.metrics,
    logLevel: flags['log-level'],
  };
}

/** Only known flags with a value; an empty value counts as not given, as charts render it. */
function valuesOf(argv: readonly string[]) {
  const faults: string[] = [];
  const values: Record<string, string> = {};
  const options = Object.fromEntries(
    Object.keys(Flags.shape).map((name) => [name, { type: 'string' as const }]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`"${token.value}" is not a flag`);
    if (token.kind !== 'option') continue;
    if (!(token.name in Flags.shape)) faults.push(`${token.rawName} is not a flag of this program`);
    else if (token.value === undefined) faults.push(`${token.rawName} needs a value`);
    else if (token.value !== '') values[token.name] = token.value;
  }
  return { values, faults };
}

const told = (error: z.ZodError, prefix: string): string[] =>
  error.issues.map((issue) => `${prefix}${issue.path.join('.')} ${lower(issue.message)}`);
const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function apiOf(
  kubeconfig: string | undefined,
  env: z.output<typeof Env>,
): Config['api'] | undefined {
  if (kubeconfig !== undefined) return { kind: 'kubeconfig', path: kubeconfig };
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  return host === undefined ? undefined : { kind: 'in-cluster', host, port };
}
