import { z } from 'zod';
import { Name } from '../crds/fields.ts';
import type { Settings } from './desired/child.ts';
import {
  ApiEnv,
  type ApiSource,
  apiOf,
  Folder,
  LatencySeconds,
  LogLevel,
  Names,
  NO_API,
  OperatorAccount,
  Origin,
  Port,
  Share,
  told,
  valuesOf,
} from './flags.ts';
import type { Budgets } from './reconcile/slo-verdicts.ts';

/** One row a flag; its name is the flag's. */
const Flags = z.strictObject({
  'executor-image': z
    .string({ error: 'is required: the image of executors whose spec names none' })
    .min(1),
  'operator-service-account': OperatorAccount,
  'executor-pull-secrets': Names.default([]),
  'network-policy': z.enum(['off', 'on']).default('off'),
  'metrics-namespaces': Names.default([]),
  'watch-namespaces': Names.optional(),
  'prometheus-url': Origin.optional(),
  'alertmanager-url': Origin.optional(),
  'slo-latency-seconds': LatencySeconds.default(1),
  'slo-latency-slow-share': Share.default(0.05),
  'slo-latency-critical-share': Share.default(0.05),
  'slo-error-share': Share.default(0.005),
  'slo-feed-slow-share': Share.default(0.05),
  'slo-down-share': Share.default(0.001),
  'evidence-url': Origin.optional(),
  'evidence-ca-file': Folder.optional(),
  'evidence-dir': Folder.default('/var/lib/trading-operator/evidence'),
  'tls-dir': Folder.default('/etc/trading-operator/tls'),
  'webhook-token-file': Folder.default('/etc/trading-operator/webhook/token'),
  'executor-token-file': Folder.default('/var/run/secrets/spark.trading/token'),
  kubeconfig: z.string().min(1).optional(),
  'https-port': Port.default(9_443),
  'http-port': Port.default(8_080),
  'lease-namespace': Name.optional(),
  metrics: z.enum(['open', 'protected']).default('open'),
  console: z.enum(['on', 'off']).default('off'),
  'console-key-file': Folder.default('/etc/trading-operator/console/keys'),
  'log-level': LogLevel.default('info'),
});

const Env = ApiEnv.extend({
  POD_NAME: z.string().min(1).optional(),
  POD_NAMESPACE: Name.optional(),
});

export interface Config {
  readonly settings: Settings;
  /** undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly prometheusUrl: string | undefined;
  readonly alertmanagerUrl: string | undefined;
  /** Of the evidence server; undefined: no evidence is collected. */
  readonly evidenceUrl: string | undefined;
  /** Who signed its certificate; undefined: a public authority. */
  readonly evidenceCaFile: string | undefined;
  readonly evidenceDir: string;
  readonly tlsDir: string;
  readonly webhookTokenFile: string;
  readonly executorTokenFile: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** `protected`: GET /metrics over TLS only, for those who may. */
  readonly metrics: 'open' | 'protected';
  /** Whether people are served the console. */
  readonly console: 'on' | 'off';
  /** What seals their sessions; all replicas have the same. */
  readonly consoleKeyFile: string;
  /** Of each SLO, what may be bad. */
  readonly sloBudgets: Budgets;
  readonly leaseNamespace: string;
  readonly podName: string | undefined;
  readonly logLevel: LogLevel;
  readonly api: ApiSource;
}

export type Parsed =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Flags (without node and script) and environment. Tells every fault there is, not the first. */
export function parseConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Parsed {
  const { values, faults } = valuesOf(argv, Object.keys(Flags.shape));
  const flags = Flags.safeParse(values);
  const environment = Env.safeParse(env);
  if (!flags.success) faults.push(...told(flags.error, '--'));
  if (!environment.success) faults.push(...told(environment.error, ''));
  const api = apiOf(values.kubeconfig, environment.success ? environment.data : {});
  if (api === undefined) {
    faults.push(NO_API);
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
      slo: {
        latencySeconds: flags['slo-latency-seconds'],
        latencySlowShare: flags['slo-latency-slow-share'],
        latencyCriticalShare: flags['slo-latency-critical-share'],
      },
    },
    namespaces: flags['watch-namespaces'],
    prometheusUrl: flags['prometheus-url'],
    alertmanagerUrl: flags['alertmanager-url'],
    evidenceUrl: flags['evidence-url'],
    evidenceCaFile: flags['evidence-ca-file'],
    evidenceDir: flags['evidence-dir'],
    tlsDir: flags['tls-dir'],
    webhookTokenFile: flags['webhook-token-file'],
    executorTokenFile: flags['executor-token-file'],
    httpsPort: flags['https-port'],
    httpPort: flags['http-port'],
    metrics: flags.metrics,
    sloBudgets: {
      placeAck: flags['slo-latency-slow-share'],
      feedDb: flags['slo-feed-slow-share'],
      errorRate: flags['slo-error-share'],
      uptime: flags['slo-down-share'],
    },
    console: flags.console,
    consoleKeyFile: flags['console-key-file'],
    logLevel: flags['log-level'],
  };
}
