import type { Clock } from '../../crds/clock.ts';
import {
  type Answer,
  type Call,
  call,
  KubeUnreachable,
  MERGE_PATCH,
} from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { corePath, executorPath, executorsPath } from '../../crds/kube/paths.ts';
import {
  API_VERSION,
  childName,
  type ExecutorKey,
  serviceHost,
  trustName,
} from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { Ask, Question } from '../kill/ask.ts';

export interface ReleaseTest {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  /** The executor that is made and deleted again. One of this name that is not a test's is left alone. */
  readonly key: ExecutorKey;
  /** The account whose token `ask` shows. */
  readonly caller: { readonly namespace: string; readonly name: string };
  readonly ask: Ask;
  /** Where the executor answers. Default: its Service's name. */
  readonly address?: string;
  /** For each of the steps, by `clock`. */
  readonly stepMs: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What is wrong, in words that help; undefined when nothing is. */
type Trouble = string | undefined;

const POLL_MS = 1_000;
/** Nothing without it is deleted. */
const LABELS = { 'app.kubernetes.io/component': 'release-test' };

/**
 * What `helm test` runs: a throwaway executor on paper is made, becomes ready, says through its
 * Service that its gate is open, is killed, is confirmed to be, and is deleted with its volume,
 * however it went. Borsa İstanbul on paper, because that calls no venue.
 */
export async function releaseTest(test: ReleaseTest): Promise<Trouble> {
  const inTheWay = await cleared(test);
  if (inTheWay !== undefined) return inTheWay;
  const trouble = await rehearsed(test).catch((error: unknown) => wordsOf(error));
  const remains = await removed(test);
  return [trouble, remains].filter((one) => one !== undefined).join('; ') || undefined;
}

async function rehearsed(test: ReleaseTest): Promise<Trouble> {
  const { key, say } = test;
  const made = await asked(test, {
    method: 'POST',
    path: executorsPath(key.namespace),
    body: spec(test),
  });
  if (!made.ok) return `TradingExecutor ${key.name} was refused: ${made.message}`;
  const isReady = await settled(test, () => condition(test, 'Ready'));
  if (isReady !== undefined) return isReady;
  say(`${key.namespace}/${key.name} is ready`);
  const open = await settled(test, () => gate(test, 'open'));
  if (open !== undefined) return open;
  say('it answers /control: on paper, gate open');
  const kill = { method: 'PATCH', path: executorPath(key), contentType: MERGE_PATCH } as const;
  const killed = await asked(test, { ...kill, body: { spec: { killSwitch: true } } });
  if (!killed.ok) return `the kill was refused: ${killed.message}`;
  const confirmed = await settled(test, () => condition(test, 'KillSwitchConfirmed'));
  if (confirmed !== undefined) return confirmed;
  const shut = await settled(test, () => gate(test, 'shut'));
  if (shut === undefined) say('it was killed: confirmed, gate shut');
  return shut;
}

const spec = ({ key, caller }: ReleaseTest) => ({
  apiVersion: API_VERSION,
  kind: 'TradingExecutor',
  metadata: { name: key.name, namespace: key.namespace, labels: LABELS },
  spec: {
    mode: 'paper',
    venue: { name: 'bist' },
    whitelist: ['GARAN.E'],
    callers: [{ serviceAccount: caller, role: 'risk' }],
  },
});

async function condition(test: ReleaseTest, type: string): Promise<Trouble> {
  const { key } = test;
  const read = await asked<TradingExecutor>(test, { method: 'GET', path: executorPath(key) });
  if (!read.ok) return `TradingExecutor ${key.name} cannot be read: ${read.message}`;
  const { metadata, status } = read.body;
  const found = status?.conditions?.find((one) => one.type === type);
  const isCurrent = found?.observedGeneration === metadata.generation;
  if (found?.status === 'True' && isCurrent) return undefined;
  const said = found === undefined ? 'it has none' : `${found.reason}: ${found.message}`;
  return `${key.namespace}/${key.name} does not become ${type}: ${said}; see the log of the operator`;
}

/** Asked as any caller would: by the Service's name, under the certificate it has published. */
async function gate(test: ReleaseTest, wanted: 'open' | 'shut'): Promise<Trouble> {
  const { key, ask, address = serviceHost(key) } = test;
  const path = corePath('configmaps', key.namespace, trustName(key.name));
  interface Published {
    readonly data?: { readonly 'ca.crt'?: string };
  }
  const trust = await asked<Published>(test, { method: 'GET', path });
  const ca = trust.ok ? trust.body.data?.['ca.crt'] : undefined;
  const question: Question = { key, pod: `${childName(key.name)}-0`, podIP: address, ca };
  const said = await ask(question);
  if ('failure' in said) return `${address} does not answer /control: ${said.failure}`;
  const { effective, gate: found, shutReasons } = said.report;
  if (effective?.mode !== 'paper') return `it is not on paper, but ${effective?.mode ?? 'unknown'}`;
  if (found === wanted) return undefined;
  return `its gate is ${found} (${shutReasons.join(', ')}), not ${wanted}`;
}

/** What an earlier test left is removed; what somebody else has under this name is not touched. */
async function cleared(test: ReleaseTest): Promise<Trouble> {
  const { namespace, name } = test.key;
  const found = await asked<TradingExecutor>(test, { method: 'GET', path: executorPath(test.key) });
  if (found.ok) {
    const component = 'app.kubernetes.io/component';
    if (found.body.metadata.labels?.[component] === LABELS[component]) return removed(test);
    return `TradingExecutor ${namespace}/${name} is there and not of a test; rename it or the release`;
  }
  if (found.status !== 404) return `TradingExecutors cannot be read: ${found.message}`;
  const volume = await asked(test, { method: 'GET', path: claimPath(test.key) });
  if (!volume.ok && volume.status === 404) return undefined;
  return `${claimPath(test.key)} is there, the volume of an earlier ${name}; delete it if nobody needs it`;
}

const claimPath = ({ namespace, name }: ExecutorKey): string =>
  corePath('persistentvolumeclaims', namespace, `data-${childName(name)}-0`);

/**
 * The executor, and when all that belongs to it has gone, the volume, which a StatefulSet would make
 * anew. Not cut short: a test leaves nothing.
 */
async function removed(test: ReleaseTest): Promise<Trouble> {
  const { key } = test;
  const paths = [executorPath(key), claimPath(key)];
  const gone = async (): Promise<Trouble> => {
    for (const path of paths) {
      const query = { propagationPolicy: 'Foreground' };
      const { ok, status } = await asked(test, { method: 'DELETE', path, query });
      if (ok || status !== 404) return `${path} is still there; delete it by hand`;
    }
    return undefined;
  };
  return settled({ ...test, signal: new AbortController().signal }, gone);
}

/** Looks once a second until there is no trouble; after `stepMs`, or when cut off, what it was. */
async function settled(test: ReleaseTest, look: () => Promise<Trouble>): Promise<Trouble> {
  const { clock, signal, stepMs } = test;
  const end = clock.elapsed() + stepMs;
  for (;;) {
    const trouble = await look().catch((error: unknown) => wordsOf(error));
    if (trouble === undefined) return undefined;
    if (signal.aborted) return `cut off: ${trouble}`;
    if (clock.elapsed() >= end) return trouble;
    await clock.after(POLL_MS, signal).catch(() => undefined);
  }
}

const asked = <T>({ connection }: ReleaseTest, request: Call): Promise<Answer<T>> =>
  call<T>(connection, request);

/** An API server that does not answer is asked again; what else is thrown is a fault of ours. */
function wordsOf(error: unknown): string {
  if (error instanceof KubeUnreachable) return error.message;
  throw error;
}
