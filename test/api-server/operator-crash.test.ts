import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigConnection } from '../../crds/kube/connection.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { Operator } from '../../operator/operator.ts';
import { type Desk, openDesk, until } from '../operator/support/desk.ts';
import { mortal } from './mortal-connection.ts';
import { CHILDREN, condition } from './operator-desk.ts';

let desk: Desk;
const running: Operator[] = [];
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(async () => {
  await Promise.all(running.map((operator) => operator.stop().catch(() => undefined)));
  await desk?.close();
});

const NAME = 'one';
const SPEC = {
  ...{ mode: 'trickle', version: 'v1' },
  venue: { name: 'btcturk', credentialsSecretRef: { name: 'keys' } },
};

async function namespace(name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await desk.server.request('POST', '/api/v1/namespaces', body);
}

/** One that dies keeps its Lease, in a namespace where nobody waits for it; the others hand theirs over. */
async function operator(within: string, lastWrite = Number.POSITIVE_INFINITY) {
  const real = kubeconfigConnection(readFileSync(desk.server.kubeconfigPath, 'utf8'));
  const { connection, died } = mortal(real, lastWrite);
  const lease = lastWrite === Number.POSITIVE_INFINITY ? 'clean' : within;
  const flags = [`--watch-namespaces=${within}`, `--lease-namespace=${lease}`];
  const started = await desk.operator(`${within}-${lastWrite}`, flags, connection);
  running.push(started);
  return { died, stop: () => started.stop().catch(() => undefined) };
}

/** Everything of the executor, without what differs from one object to the next. */
async function endState(within: string): Promise<unknown> {
  const settled = await until('nothing is in progress', async () => {
    const object = await desk.get(within, NAME);
    const isSettled = condition(object, 'Progressing')?.reason === 'Settled';
    return isSettled && object.status?.rollback !== undefined ? object : undefined;
  });
  const paths = CHILDREN.map(
    ([api, resource, suffix]) =>
      `/${api}/namespaces/${within}/${resource}/${NAME}-executor${suffix}`,
  );
  const children = await Promise.all(
    paths.map(async (path) => {
      const { status, body } = await desk.server.request('GET', path);
      const { labels, ownerReferences } = body.metadata ?? {};
      const { status: _status, ...rest } = body;
      return { status, ...rest, metadata: { labels, ownerReferences } };
    }),
  );
  return timeless({ children, status: settled.status }, settled, within);
}

const SERVED = /"(clusterIP|clusterIPs)":(\[[^\]]*\]|"[^"]*")/g;
function timeless(state: object, { metadata }: TradingExecutor, within: string): unknown {
  const text = JSON.stringify(state)
    .replaceAll(metadata.uid, 'UID')
    .replaceAll(within, 'NAMESPACE')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'WHEN')
    .replaceAll(SERVED, '"$1":"ADDRESS"');
  return JSON.parse(text);
}

describe('an operator that ends after any write of a reconciliation', () => {
  it('leaves what the next one finishes: the end is that of a run without a crash', async () => {
    await namespace('clean');
    await desk.declare('clean', NAME, SPEC);
    const first = await operator('clean');
    const clean = await endState('clean');
    await first.stop();
    let crashes = 0;
    for (let write = 1; ; write += 1) {
      const within = `crash-${write}`;
      await namespace(within);
      await desk.declare(within, NAME, SPEC);
      const dying = await operator(within, write);
      const hasDied = await Promise.race([
        dying.died.then(() => true),
        endState(within).then(() => false),
      ]);
      await dying.stop();
      if (!hasDied) break; // it made fewer writes than that
      crashes += 1;
      const next = await operator(within);
      expect(await endState(within), `after a crash at write ${write}`).toEqual(clean);
      await next.stop();
    }
    expect(crashes).toBeGreaterThanOrEqual(8); // six children, two parts of the status
  }, 180_000);
});
