import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigConnection } from '../../crds/kube/connection.ts';
import { uninstallCheck } from '../../operator/uninstall-check/uninstall-check.ts';
import { chart } from '../alerts/helm.ts';
import { until } from '../operator/support/desk.ts';
import { grants } from './grants.ts';
import {
  EXECUTORS,
  executor,
  FULL_NAME,
  type InstalledChart,
  installChart,
  MERGE,
} from './installed-chart.ts';
import { tokenKubeconfig } from './token-kubeconfig.ts';

const GUARD = `${FULL_NAME}-no-executors`;
const JOB = `/apis/batch/v1/namespaces/trading/jobs/${GUARD}`;
const DEPLOYMENT = `/apis/apps/v1/namespaces/trading/deployments/${FULL_NAME}`;
const CRD =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tradingexecutors.spark.trading';
const PAPER = { venue: { name: 'bist' }, whitelist: ['GARAN.E'] };

let installed: InstalledChart;
let refusal = '';
beforeAll(async () => {
  installed = await installChart();
}, 120_000);
afterAll(() => installed?.stop());

const statusOf = async (path: string) => (await installed.server.request('GET', path)).status;
const helm = (...words: string[]) =>
  installed.helm(...words).then(
    (text) => ({ ok: true, text }),
    (error: Error) => ({ ok: false, text: error.message }),
  );
/** The check with the rights of the Job's account, and what it says. */
async function checked(args: readonly string[]) {
  const flag = (name: string) =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const token = await installed.token(GUARD);
  const connection = kubeconfigConnection(tokenKubeconfig(installed.server, token));
  const said: string[] = [];
  const mayGo = await uninstallCheck({
    connection,
    namespaces: flag('watch-namespaces')?.split(','),
    release: {
      name: flag('release') ?? '',
      namespace: flag('release-namespace') ?? '',
      revision: flag('revision') ?? '',
    },
    say: (line) => said.push(line),
  });
  await connection.close();
  return { mayGo, said: said.join('\n') };
}

/** `helm uninstall`, while Job controller and kubelet are played: the Job ends as the check does. */
async function uninstalled() {
  const before = (await installed.server.request('GET', JOB)).body.metadata?.uid;
  const running = helm('uninstall', 'desk', '--timeout', '60s');
  const job = await until('the Job is made', async () => {
    const { status, body } = await installed.server.request('GET', JOB);
    return status === 200 && body.metadata.uid !== before ? body : undefined;
  });
  const [container] = job.spec.template.spec.containers;
  const { mayGo, said } = await checked(container.args);
  const at = new Date().toISOString();
  const conditions = (mayGo ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed']).map(
    (type) => ({ type, status: 'True', reason: 'Played', lastTransitionTime: at }),
  );
  const ended = mayGo ? { succeeded: 1, completionTime: at } : { failed: 1 };
  const status = { conditions, startTime: at, ...ended };
  const done = await installed.server.request('PATCH', `${JOB}/status`, { status }, MERGE);
  expect(done.status, done.body.message).toBe(200);
  return { ...(await running), said };
}

describe('helm uninstall', () => {
  it('asks by an account that may list executors and nothing else', async () => {
    expect(await grants(installed.server.request, await installed.token(GUARD), 'desk')).toEqual([
      'tradingexecutors.spark.trading: list',
    ]);
  });

  it('is refused while there is an executor, with names and the commands that help', async () => {
    await installed.post(EXECUTORS, executor('one', PAPER));
    const { ok, text, said } = await uninstalled();
    refusal = said;
    expect(ok).toBe(false);
    expect(text).toContain(`job ${GUARD} failed`);
    expect(said).toContain('desk/one');
    expect(said).toContain('kubectl delete tex --all -n desk');
    expect(said).toContain('helm uninstall desk -n trading --no-hooks');
    expect(said).toContain(`'{"metadata":{"finalizers":null}}'`);
    expect([await statusOf(DEPLOYMENT), await statusOf(JOB)]).toEqual([200, 200]);
  });

  it('when it was refused, leaves a release that the command it names makes whole again', async () => {
    const upgrade = () => helm('upgrade', 'desk', chart);
    expect((await upgrade()).text).toContain('has no deployed releases');
    const [, revision = ''] = /helm rollback desk (\d+) -n trading/.exec(refusal) ?? [];
    expect(await helm('rollback', 'desk', revision)).toMatchObject({ ok: true });
    expect(await upgrade()).toMatchObject({ ok: true });
  });

  it('goes once the executors have gone, and leaves CRDs and incidents', async () => {
    await installed.server.request('DELETE', `${EXECUTORS}/one`);
    const { ok, text, said } = await uninstalled();
    expect(ok, text).toBe(true);
    expect(said).toContain('the operator can go');
    expect([await statusOf(DEPLOYMENT), await statusOf(JOB)]).toEqual([404, 404]);
    expect(await statusOf(CRD)).toBe(200);
  });
});
