import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EXECUTOR_LABEL, type ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { writeManifest } from '../../operator/evidence/folder.ts';
import { absent, json, named, Shelf } from '../../operator/evidence/shelf.ts';
import { volumeStore } from '../../operator/evidence/volume.ts';
import { type Account, type Answer, type Doors, openDoors } from './doors.ts';
import { kubectl } from './kubectl.ts';
import { type Figures, fromMetrics, queries } from './measure.ts';
import { type ExecutorFacts, releaseReadme } from './readme.ts';
import { smoke } from './smoke.ts';

export interface ReleaseOptions {
  readonly tag: string;
  /** All executors of this tag in one namespace; undefined: in all. */
  readonly namespace: string | undefined;
  /** `namespace/service:port` of Prometheus. */
  readonly prometheus: string;
  /** The folder of releases. */
  readonly releases: string;
  readonly at: string;
}

export interface ReleasePack {
  readonly folder: string;
  readonly executors: readonly ExecutorFacts[];
  readonly missing: Shelf['missing'];
}

interface Target {
  readonly key: ExecutorKey;
  readonly object: TradingExecutor;
  readonly doors: Doors;
}

/**
 * Takes the pack of a release from the running system behind $KUBECONFIG. It is made beside the old
 * one and takes its place when it is whole. A source that fails is missing with its reason; throws
 * when no executor of the tag is there.
 */
export async function collectRelease(options: ReleaseOptions): Promise<ReleasePack> {
  const { tag, releases, at } = options;
  const found = await executorsOf(options);
  const folder = join(releases, tag);
  const next = `${folder}.new`;
  await rm(next, { recursive: true, force: true });
  const pack = volumeStore(next);
  const shelf = new Shelf(pack);
  const targets = await reached(shelf, found);
  try {
    const executors = await measured(options, shelf, targets);
    if (targets.length === 0) throw new Error(`no pod could be reached: ${whyOf(shelf)}`);
    const { files, missing } = shelf;
    const facts = { tag, at, executors, files, missing };
    await shelf.put('README.md', async () => releaseReadme(facts));
    const manifest = { version: 1 as const, release: tag, takenAt: at, files, missing };
    await writeManifest(pack, manifest);
    await rm(folder, { recursive: true, force: true });
    await rename(next, folder);
    return { folder, executors, missing };
  } finally {
    for (const { doors } of targets) doors.close();
    await rm(next, { recursive: true, force: true });
  }
}

const whyOf = ({ missing }: Shelf): string => missing.map(({ why }) => why).join('; ');

async function executorsOf({ tag, namespace }: ReleaseOptions) {
  const where = namespace === undefined ? ['-A'] : ['-n', namespace];
  const text = await kubectl('get', 'tradingexecutors', ...where, '-o', 'json');
  const { items } = JSON.parse(text) as { items: readonly TradingExecutor[] };
  const found = items.filter(({ spec }) => spec.version === tag);
  if (found.length > 0) return found;
  const others = [...new Set(items.map(({ spec }) => spec.version))].join(', ') || 'none';
  throw new Error(`no executor declares version ${tag}; there are executors of: ${others}`);
}

async function reached(shelf: Shelf, found: readonly TradingExecutor[]): Promise<Target[]> {
  const targets: Target[] = [];
  for (const object of found) {
    const { namespace, name } = object.metadata;
    const key = { namespace, name };
    const [caller] = object.spec.callers ?? [];
    const account: Account | undefined = caller?.serviceAccount;
    await shelf.attempt(`${namespace}/${name}`, async () => {
      const pods = await podsOf(key);
      if (pods.length === 0) throw new Error(`${namespace}/${name} has no pod`);
      for (const pod of pods) {
        targets.push({ key, object, doors: await openDoors(key, pod, account) });
      }
    });
  }
  return targets;
}

async function podsOf({ namespace, name }: ExecutorKey): Promise<readonly string[]> {
  const selector = `${EXECUTOR_LABEL}=${name}`;
  const names = ['-o', 'jsonpath={.items[*].metadata.name}'];
  const text = await kubectl('get', 'pods', '-n', namespace, '-l', selector, ...names);
  return text.split(' ').filter((one) => one !== '');
}

async function measured(
  options: ReleaseOptions,
  shelf: Shelf,
  targets: readonly Target[],
): Promise<readonly ExecutorFacts[]> {
  const executors: ExecutorFacts[] = [];
  const smokes: string[] = [];
  for (const [i, { key, object, doors }] of targets.entries()) {
    const own = (name: string) => named(name, `${key.namespace}-${doors.pod}`, i);
    let metrics = '';
    await shelf.put(own('metrics.prom'), async () => {
      metrics = bodyOf(await doors.plain('/metrics'));
      return metrics;
    });
    await shelf.put(own('version.json'), async () => bodyOf(await doors.secure('/api/version')));
    await shelf.put(own('audit.json'), async () =>
      bodyOf(await doors.secure('/audit/summary?window=1h')),
    );
    const said = await smoke(doors, options.tag);
    smokes.push(said.text);
    const recorded = await shelf.attempt(own('prometheus.json'), () => recordedOf(options, key));
    if (recorded !== undefined) await shelf.put(own('prometheus.json'), async () => json(recorded));
    const sinceStart = fromMetrics([metrics]);
    const about = { namespace: key.namespace, executor: key.name, mode: object.spec.mode };
    executors.push({ ...about, sinceStart, recorded, smoke: said });
  }
  await shelf.put('smoke.txt', () =>
    smokes.length === 0 ? absent('no pod could be reached') : Promise.resolve(smokes.join('')),
  );
  return executors;
}

function bodyOf({ status, text }: Answer): string {
  if (status === 200) return text;
  throw new Error(`HTTP ${status}: ${text.slice(0, 200)}`);
}

/** Through the API server's own proxy: nothing has to be exposed for it. */
async function recordedOf({ prometheus }: ReleaseOptions, key: ExecutorKey): Promise<Figures> {
  const [namespace, service] = prometheus.split('/');
  const root = `/api/v1/namespaces/${namespace}/services/${service}/proxy/api/v1/query`;
  const asked = Object.entries(queries(key.namespace, key.name)).map(async ([of, query]) => {
    const path = `${root}?query=${encodeURIComponent(query)}`;
    const answer = JSON.parse(await kubectl('get', '--raw', path)) as {
      data: { result: readonly { value: readonly [number, string] }[] };
    };
    const value = Number(answer.data.result[0]?.value[1]);
    return [of, Number.isFinite(value) ? value : undefined] as const;
  });
  return Object.fromEntries(await Promise.all(asked)) as unknown as Figures;
}
