import { z } from 'zod';
import { DURATION_PATTERN, durationMs } from '../../crds/duration.ts';
import {
  ApiEnv,
  type ApiSource,
  apiOf,
  Folder,
  LatencySeconds,
  LogLevel,
  NO_API,
  OperatorAccount,
  Origin,
  Port,
  told,
  valuesOf,
} from '../flags.ts';
import type { CameraPlace } from './camera.ts';
import type { Retention } from './retention.ts';
import type { S3Place } from './s3/place.ts';

const Count = z.coerce.number<string>().int().min(1);

/** One row a flag; its name is the flag's. */
const Flags = z.strictObject({
  'operator-service-account': OperatorAccount,
  'public-url': Origin.optional(),
  'prometheus-url': Origin.optional(),
  'alertmanager-url': Origin.optional(),
  'slo-latency-seconds': LatencySeconds.default(1),
  storage: z.enum(['volume', 's3']).default('volume'),
  'evidence-dir': Folder.default('/var/lib/trading-operator/evidence'),
  's3-endpoint': Origin.optional(),
  's3-region': z
    .string()
    .regex(/^[a-z0-9-]+$/, { error: 'must be a region such as eu-central-1' })
    .default('us-east-1'),
  's3-bucket': z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'must be the name of a bucket' })
    .optional(),
  's3-prefix': z
    .string()
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\/?$/, {
      error: 'must be names with slashes between',
    })
    .optional(),
  's3-credentials-dir': Folder.default('/etc/trading-operator/s3'),
  's3-ca-file': Folder.optional(),
  'camera-socket': Folder.optional(),
  'console-url': Origin.optional(),
  'console-ca-file': Folder.optional(),
  'console-token-file': Folder.default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
  'keep-packs': Count.default(200),
  'keep-mib': Count.default(768),
  'keep-for': z
    .string()
    .regex(new RegExp(DURATION_PATTERN), { error: 'must be a duration such as 8760h' })
    .transform(durationMs)
    .default(8_760 * 3_600_000),
  'tls-dir': Folder.default('/etc/trading-operator/tls'),
  kubeconfig: z.string().min(1).optional(),
  'https-port': Port.default(9_443),
  'http-port': Port.default(8_080),
  'log-level': LogLevel.default('info'),
});

export type Storage =
  | { readonly type: 'volume'; readonly evidenceDir: string }
  | { readonly type: 's3'; readonly place: S3Place };

export interface EvidenceConfig {
  /** `namespace/name`: the only account that may have packs collected. */
  readonly operatorServiceAccount: string;
  /** Origin of this server as people reach it. */
  readonly publicUrl: string | undefined;
  readonly prometheusUrl: string | undefined;
  readonly alertmanagerUrl: string | undefined;
  readonly sloLatencySeconds: number;
  readonly storage: Storage;
  readonly retention: Retention;
  /** undefined: no pictures. */
  readonly camera: CameraPlace | undefined;
  readonly tlsDir: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  readonly logLevel: LogLevel;
  readonly api: ApiSource;
}

export type ParsedEvidenceConfig =
  | { readonly ok: true; readonly config: EvidenceConfig }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Flags (without node and script) and environment. Tells every fault there is, not the first. */
export function parseEvidenceConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ParsedEvidenceConfig {
  const { values, faults } = valuesOf(argv, Object.keys(Flags.shape));
  const flags = Flags.safeParse(values);
  const environment = ApiEnv.safeParse(env);
  if (!flags.success) faults.push(...told(flags.error, '--'));
  if (!environment.success) faults.push(...told(environment.error, ''));
  const api = apiOf(values.kubeconfig, environment.success ? environment.data : {});
  if (api === undefined) faults.push(NO_API);
  const storage = flags.success ? storageOf(flags.data) : undefined;
  if (flags.success && storage === undefined)
    faults.push('--s3-bucket is required with --storage=s3');
  if (flags.success && flags.data['camera-socket'] && !flags.data['console-url'])
    faults.push('--console-url is required with --camera-socket');
  if (!flags.success || storage === undefined || api === undefined || faults.length > 0) {
    return { ok: false, faults };
  }
  return { ok: true, config: { ...shaped(flags.data), storage, api } };
}

/** undefined: no bucket is named. */
function storageOf(flags: z.output<typeof Flags>): Storage | undefined {
  if (flags.storage === 'volume') return { type: 'volume', evidenceDir: flags['evidence-dir'] };
  const { 's3-bucket': bucket, 's3-region': region, 's3-prefix': prefix } = flags;
  if (bucket === undefined) return undefined;
  const place: S3Place = {
    endpoint: flags['s3-endpoint'] ?? `https://s3.${region}.amazonaws.com`,
    ...{ region, bucket },
    prefix: prefix === undefined ? '' : `${prefix.replace(/\/$/, '')}/`,
    credentialsDir: flags['s3-credentials-dir'],
    caFile: flags['s3-ca-file'],
  };
  return { type: 's3', place };
}

function cameraOf(flags: z.output<typeof Flags>): CameraPlace | undefined {
  const { 'camera-socket': socket, 'console-url': console } = flags;
  if (socket === undefined || console === undefined) return undefined;
  const { 'console-ca-file': caFile, 'console-token-file': tokenFile } = flags;
  return { socket, console, caFile, tokenFile };
}

function shaped(flags: z.output<typeof Flags>): Omit<EvidenceConfig, 'api' | 'storage'> {
  return {
    operatorServiceAccount: flags['operator-service-account'],
    publicUrl: flags['public-url'],
    prometheusUrl: flags['prometheus-url'],
    alertmanagerUrl: flags['alertmanager-url'],
    sloLatencySeconds: flags['slo-latency-seconds'],
    retention: {
      packs: flags['keep-packs'],
      bytes: flags['keep-mib'] * 1_048_576,
      ms: flags['keep-for'],
    },
    camera: cameraOf(flags),
    tlsDir: flags['tls-dir'],
    httpsPort: flags['https-port'],
    httpPort: flags['http-port'],
    logLevel: flags['log-level'],
  };
}
