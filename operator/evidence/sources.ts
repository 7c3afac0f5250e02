import { dump } from 'js-yaml';
import { z } from 'zod';
import type { EpochMs } from '../../crds/clock.ts';
import { call } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { corePath, resourcePath } from '../../crds/kube/paths.ts';
import { EXECUTOR_LABEL, type ExecutorKey, trustName } from '../../crds/names.ts';
import { getText } from '../http/get-text.ts';

/** Reads for the evidence. Each returns text as it will be kept, or throws with why it cannot. */

export interface PodSeen {
  readonly name: string;
  readonly ip: string | undefined;
  readonly restarts: number;
}

const READ_MS_MAX = 10_000;
const LOG_BYTES_MAX = 4 * 1024 * 1024;
const LOG_SECONDS = 3_600;
/** The kubelet stops after LOG_BYTES_MAX: without this it would send the beginning of the hour. */
const LOG_LINES = 10_000;

async function got<T>(connection: KubeConnection, path: string, query: object = {}): Promise<T> {
  const answer = await call<T>(connection, {
    method: 'GET',
    path,
    query: { ...query },
    timeoutMs: READ_MS_MAX,
  });
  if (answer.ok) return answer.body;
  throw new Error(`HTTP ${answer.status}: ${answer.message}`);
}

export async function podsOf(
  connection: KubeConnection,
  key: ExecutorKey,
): Promise<readonly PodSeen[]> {
  interface Pod {
    readonly metadata: { readonly name: string };
    readonly status?: {
      readonly podIP?: string;
      readonly containerStatuses?: readonly { readonly restartCount: number }[];
    };
  }
  const path = corePath('pods', key.namespace);
  const labelSelector = `${EXECUTOR_LABEL}=${key.name}`;
  const { items } = await got<{ items: Pod[] }>(connection, path, { labelSelector });
  if (items.length === 0) throw new Error('the executor has no pod');
  return items.map(({ metadata, status }) => ({
    name: metadata.name,
    ip: status?.podIP,
    restarts: status?.containerStatuses?.[0]?.restartCount ?? 0,
  }));
}

/** The certificate an executor published, or undefined while it has not. */
export async function publishedCa(
  connection: KubeConnection,
  key: ExecutorKey,
): Promise<string | undefined> {
  const path = corePath('configmaps', key.namespace, trustName(key.name));
  const { data } = await got<{ data?: Record<string, string> }>(connection, path);
  return data?.['ca.crt'];
}

export async function podLog(
  connection: KubeConnection,
  pod: { readonly namespace: string; readonly name: string; readonly previous?: boolean },
): Promise<string> {
  const { namespace, name, previous } = pod;
  const answer = await call<string>(connection, {
    method: 'GET',
    path: resourcePath({ apiVersion: 'v1', resource: 'pods', namespace, name, subresource: 'log' }),
    query: {
      ...{ timestamps: true, limitBytes: LOG_BYTES_MAX, sinceSeconds: LOG_SECONDS },
      tailLines: LOG_LINES,
      ...(previous === true ? { previous } : {}),
    },
    accept: 'text',
    timeoutMs: READ_MS_MAX,
  });
  if (answer.ok) return answer.body;
  throw new Error(`HTTP ${answer.status}: ${answer.message}`);
}

/** Events about the executor and about its pods. */
export async function eventsOf(connection: KubeConnection, key: ExecutorKey): Promise<string> {
  interface Event {
    readonly involvedObject: { readonly name?: string };
    readonly lastTimestamp?: string;
  }
  const path = corePath('events', key.namespace);
  const { items } = await got<{ items: Event[] }>(connection, path, { limit: 2_000 });
  const own = items.filter(({ involvedObject: { name = '' } }) => {
    return name === key.name || name.startsWith(`${key.name}-executor`);
  });
  own.sort((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? ''));
  return yaml(own);
}

const HOUR_MS = 3_600_000;
const STEP_S = 15;

/** Everything the executor exposed in the hour before `until`, as Prometheus' own range answer. */
export function lastHour(prometheusUrl: string, key: ExecutorKey, until: EpochMs): Promise<string> {
  return overTheHour(prometheusUrl, `{__name__=~"spark_.*|ALERTS",${labels(key)}}`, until);
}

const Matrix = z.object({
  data: z.object({
    result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })),
  }),
});

/** P95 of Place→ACK over five minutes: moments in seconds since the epoch, values in seconds. */
export async function latencyHour(
  prometheusUrl: string,
  key: ExecutorKey,
  until: EpochMs,
): Promise<readonly (readonly [number, number])[]> {
  const buckets = `spark_place_ack_duration_seconds_bucket{mode!="paper",${labels(key)}}`;
  const query = `histogram_quantile(0.95, sum by (le) (rate(${buckets}[5m])))`;
  const text = await overTheHour(prometheusUrl, query, until);
  const [series] = Matrix.parse(JSON.parse(text)).data.result;
  return (series?.values ?? []).map(([at, value]) => [at, Number(value)] as const);
}

const labels = ({ namespace, name }: ExecutorKey): string =>
  `namespace="${namespace}",executor="${name}"`;

function overTheHour(prometheusUrl: string, query: string, until: EpochMs): Promise<string> {
  const range = { start: (until - HOUR_MS) / 1_000, end: until / 1_000, step: STEP_S };
  const parameters = new URLSearchParams({ query });
  for (const [name, value] of Object.entries(range)) parameters.set(name, String(value));
  return getText(`${prometheusUrl}/api/v1/query_range?${parameters}`);
}

/** What Alertmanager says fires for this executor now, silenced alerts included. */
export function alertsOf(alertmanagerUrl: string, key: ExecutorKey): Promise<string> {
  const parameters = new URLSearchParams();
  parameters.append('filter', `namespace="${key.namespace}"`);
  parameters.append('filter', `executor="${key.name}"`);
  return getText(`${alertmanagerUrl}/api/v2/alerts?${parameters}`);
}

/** An object as people read it: without the bookkeeping of field managers. */
export function objectYaml(object: object): string {
  const { metadata, ...rest } = object as { metadata?: Record<string, unknown> };
  const { managedFields: _, ...kept } = metadata ?? {};
  return yaml({ ...rest, metadata: kept });
}

/** Unfolded: a name and its value on two lines are no longer seen as a credential. */
export const yaml = (value: unknown): string =>
  dump(value, { lineWidth: -1, noRefs: true, sortKeys: false, skipInvalid: true });
