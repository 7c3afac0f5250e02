import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { effectiveOf } from '../../crds/effective.ts';
import { RELEASE_ANNOTATION } from '../../crds/generate.ts';
import { executorPath } from '../../crds/kube/paths.ts';
import { API_VERSION } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { chart } from '../alerts/helm.ts';
import { run } from '../setup/command.ts';
import { binary } from '../toolchain/binaries.ts';
import {
  EXECUTORS,
  executor,
  FULL_NAME,
  type InstalledChart,
  installChart,
  MERGE,
  TRICKLE,
} from './installed-chart.ts';

const INCIDENT = 'latched-20261123031500';
const INCIDENTS = EXECUTORS.replace('tradingexecutors', 'tradingincidents');
const path = executorPath({ namespace: 'desk', name: 'latched' });

let folder: string;
let older: string;
let installed: InstalledChart;
/** As it was when the latch was written. */
let before: TradingExecutor;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trading-older-'));
  older = await olderChart();
  installed = await installChart({ chart: older });
  before = await latched();
}, 120_000);
afterAll(async () => {
  await installed?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Our chart as release 1.1.0 might have been: CRDs without the verdict on stability. */
async function olderChart(): Promise<string> {
  const copy = join(folder, 'chart');
  await cp(chart, copy, { recursive: true });
  const about = await readFile(join(copy, 'Chart.yaml'), 'utf8');
  await writeFile(join(copy, 'Chart.yaml'), about.replaceAll(/ersion: 1\..*/g, 'ersion: 1.1.0'));
  for (const name of ['trading-executor.yaml', 'trading-incident.yaml']) {
    const file = join(copy, 'crds', name);
    const crd = load(await readFile(file, 'utf8')) as Definition;
    crd.metadata.annotations[RELEASE_ANNOTATION] = '1.1.0';
    delete statusOf(crd).properties.stability;
    await writeFile(file, `---\n${dump(crd)}`);
  }
  return copy;
}

interface Definition {
  readonly metadata: { readonly annotations: Record<string, string> };
  readonly spec: {
    readonly versions: readonly {
      readonly schema: {
        readonly openAPIV3Schema: {
          readonly properties: {
            readonly status: { readonly properties: Record<string, unknown> };
          };
        };
      };
    }[];
  };
}
const statusOf = ({ spec }: Definition) => {
  const [version] = spec.versions;
  if (version === undefined) throw new Error('a CRD without versions');
  return version.schema.openAPIV3Schema.properties.status;
};

/** An executor with real orders that an incident has put on paper. */
async function latched(): Promise<TradingExecutor> {
  const made = (await installed.post(EXECUTORS, executor('latched', TRICKLE))).body;
  const alert = {
    name: 'PlaceAckLatencyRollback',
    fingerprint: 'f',
    since: '2026-11-23T03:05:00Z',
  };
  await installed.post(INCIDENTS, {
    ...{ apiVersion: API_VERSION, kind: 'TradingIncident', metadata: { name: INCIDENT } },
    spec: {
      ...{ executor: { name: 'latched', uid: made.metadata.uid }, alert },
      ...{ decision: 'put on paper and killed', decidedAt: '2026-11-23T03:15:00Z' },
      before: { mode: 'trickle', killSwitch: false },
      after: { mode: 'paper', killSwitch: true },
    },
  });
  const rollback = { uid: made.metadata.uid, pending: [], latched: true, incident: INCIDENT };
  const status = { rollback, ladder: { reached: 'trickle' } };
  const done = await installed.server.request('PATCH', `${path}/status`, { status }, MERGE);
  expect(done.status, done.body.message).toBe(200);
  return done.body;
}

const now = async (): Promise<TradingExecutor> =>
  (await installed.server.request('GET', path)).body;

/** Nothing that anybody did since has touched it, and it means what it meant. */
async function isStillLatched(): Promise<void> {
  const object = await now();
  expect(object.metadata.uid).toBe(before.metadata.uid);
  expect(object.spec).toEqual(before.spec);
  expect(object.status?.rollback).toEqual(before.status?.rollback);
  expect(effectiveOf(object)).toMatchObject({ open: false, killed: true, mode: 'paper' });
}

/** As people do, with the CRDs of a chart. */
async function applyCrds(of: string): Promise<void> {
  const kubectl = [binary('kubectl'), '--kubeconfig', installed.server.kubeconfigPath];
  const crds = await installed.helm('show', 'crds', of);
  const apply = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
  await run([...kubectl, ...apply], { input: crds });
}

const flags = async (): Promise<readonly string[]> => {
  const path = `/apis/apps/v1/namespaces/trading/deployments/${FULL_NAME}`;
  const { body } = await installed.server.request('GET', path);
  return body.spec.template.spec.containers[0].args;
};
const UPGRADE = ['--set', 'monitoring.enabled=true,logLevel=debug,slo.executorDownFor=5m'];

describe('an upgrade while a rollback is latched', () => {
  it('is refused over older CRDs, with the command that is missing, and changes nothing', async () => {
    const refused = await installed.helm('upgrade', 'desk', chart, ...UPGRADE).catch(String);
    expect(refused).toContain('is of release 1.1.0, older than this chart');
    expect(refused).toContain('helm show crds CHART');
    expect(await flags()).not.toContain('--log-level=debug');
    await isStillLatched();
  });

  it('passes once the CRDs are of the chart, and leaves the latch as it was', async () => {
    await applyCrds(chart);
    await isStillLatched();
    await installed.helm('upgrade', 'desk', chart, ...UPGRADE);
    expect(await flags()).toContain('--log-level=debug');
    await isStillLatched();
  });

  it('has a new field of the status from then on', async () => {
    const status = { stability: { state: 'WATCH', reasons: ['NoTraffic'] } };
    await expect
      .poll(async () => {
        await installed.server.request('PATCH', `${path}/status`, { status }, MERGE);
        return (await now()).status?.stability?.state;
      })
      .toBe('WATCH');
    await isStillLatched();
  });

  it('can be rolled back, over the newer CRDs', async () => {
    await installed.helm('rollback', 'desk', '1');
    expect(await flags()).not.toContain('--log-level=debug');
    await isStillLatched();
  });
});

describe('older CRDs over a latch', () => {
  it('keep it, also when something else of the status is written under them', async () => {
    await applyCrds(older);
    await expect.poll(async () => (await now()).status?.stability).toBeUndefined();
    await isStillLatched();
    const status = { ladder: { reached: 'paper' } };
    const { body } = await installed.server.request('PATCH', `${path}/status`, { status }, MERGE);
    expect(body.status.ladder.reached).toBe('paper');
    await isStillLatched();
  });

  it('keep it as well when a manifest from Git is applied that never heard of it', async () => {
    const kubectl = [binary('kubectl'), '--kubeconfig', installed.server.kubeconfigPath];
    const input = dump({ ...executor('latched', TRICKLE) });
    await run([...kubectl, '-n', 'desk', 'apply', '-f', '-'], { input });
    await run([...kubectl, '-n', 'desk', 'replace', '-f', '-'], { input });
    const object = await now();
    expect(object.status?.rollback).toEqual(before.status?.rollback);
    expect(effectiveOf(object)).toMatchObject({ open: false, killed: true });
  });
});

describe('an uninstall', () => {
  it('leaves CRDs, executors, incidents and latches', async () => {
    await installed.helm('uninstall', 'desk', '--no-hooks'); // there is an executor
    expect((await now()).status?.rollback).toEqual(before.status?.rollback);
    expect((await installed.server.request('GET', `${INCIDENTS}/${INCIDENT}`)).status).toBe(200);
  });
});

describe('CRDs that know of no rollback at all', () => {
  it('shut the executor, because a latch that cannot be seen may be there', async () => {
    const crd = load(
      await readFile(join(chart, 'crds/trading-executor.yaml'), 'utf8'),
    ) as Definition;
    delete statusOf(crd).properties.rollback;
    const apply = '?fieldManager=kubectl&force=true';
    const kinds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const at = `${kinds}/tradingexecutors.spark.trading`;
    const contentType = 'application/apply-patch+yaml';
    const done = await installed.server.request('PATCH', `${at}${apply}`, crd, { contentType });
    expect(done.status).toBe(200);
    await expect.poll(async () => (await now()).status?.rollback).toBeUndefined();
    expect(effectiveOf(await now())).toMatchObject({ open: false, reasons: ['StatusAbsent'] });
    const status = { ladder: { reached: 'live' } }; // written without it: now it is lost for good
    await installed.server.request('PATCH', `${path}/status`, { status }, MERGE);
    await applyCrds(chart);
    expect(effectiveOf(await now())).toMatchObject({ open: false, reasons: ['StatusAbsent'] });
  });
});
