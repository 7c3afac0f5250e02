import { afterEach, describe, expect, it } from 'vitest';
import { executorPath, incidentsPath } from '../../crds/kube/paths.ts';
import { DELETE_WITHOUT_FLAT_ANNOTATION, STOP_FINALIZER } from '../../crds/names.ts';
import { until } from '../operator/support/desk.ts';
import { type Doomed, doomed, eventAbout, KEYED, released } from './doomed.ts';
import {
  CHILDREN,
  condition,
  desk,
  exists,
  NS,
  openOperatorDesk,
  settles,
} from './operator-desk.ts';

openOperatorDesk();

const made: Doomed[] = [];
afterEach(async () => {
  for (const { pod } of made.splice(0)) await pod.close();
});
async function trading(name: string, spec: object = {}): Promise<Doomed> {
  const one = await doomed(NS, name, spec);
  made.push(one);
  return one;
}
const isGone = (name: string) =>
  until(`${name} is gone`, async () => {
    const path = executorPath({ namespace: NS, name });
    return (await desk.server.request('GET', path)).status === 404;
  });
const podOf = (name: string) => `/api/v1/namespaces/${NS}/pods/${name}-executor-0`;
const remove = (name: string) =>
  desk.server.request('DELETE', executorPath({ namespace: NS, name }));

describe('a deleted executor with orders open', () => {
  it('keeps its pod and all its children, gated, until it is flat', async () => {
    const one = await trading('background');
    await one.remove();
    const told = await one.waits();
    expect(told.metadata.finalizers).toEqual([STOP_FINALIZER]);
    await settles('background', 'KillSwitchConfirmed', 'True', 'Gated');
    expect(await one.children()).toEqual(CHILDREN.map(() => 200));
    expect(await one.podAskedToStop()).toBeUndefined();
    const before = await released('Flat');
    one.pod.manners.notFlat = false;
    await one.gone();
    expect(await released('Flat')).toBe(before + 1);
    expect(await eventAbout(NS, 'background', 'DeletedFlat')).toMatchObject({ type: 'Normal' });
  });

  it('goes at spec.control.deleteDeadline, and an Event says what was open', async () => {
    const one = await trading('overdue', { control: { deleteDeadline: '2s' } });
    const before = await released('DeadlinePassed');
    const askedAt = performance.now();
    await one.remove();
    await one.gone();
    // deletionTimestamp has whole seconds
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(1_000);
    expect(await released('DeadlinePassed')).toBe(before + 1);
    const told = await eventAbout(NS, 'overdue', 'DeletedWithoutFlat');
    expect(told).toMatchObject({ type: 'Warning' });
    expect(told.message).toContain('pod overdue-executor-0 has 0 open');
  });

  it('goes at once by the annotation with its name, and not by another', async () => {
    const one = await trading('overridden');
    await one.remove();
    const annotate = (value: string) =>
      desk.patch(NS, 'overridden', {
        metadata: { annotations: { [DELETE_WITHOUT_FLAT_ANNOTATION]: value } },
      });
    await annotate('another');
    await one.waits();
    await annotate('overridden');
    await one.gone();
    const told = await eventAbout(NS, 'overridden', 'DeletedWithoutFlat');
    expect(told.message).toContain(`${DELETE_WITHOUT_FLAT_ANNOTATION} says so`);
  });
});

describe('a deleted executor whose pod never came up', () => {
  it('goes at once without a key', async () => {
    await desk.declare(NS, 'keyless');
    await exists(podOf('keyless'));
    const before = await released('NothingAtStake');
    await remove('keyless');
    await isGone('keyless');
    expect(await released('NothingAtStake')).toBe(before + 1);
  });

  it('waits with a key, and its deadline can be shortened meanwhile', async () => {
    await desk.declare(NS, 'never-up', KEYED);
    await exists(podOf('never-up'));
    await remove('never-up');
    const told = await settles('never-up', 'Progressing', 'True', 'DeletionWaits');
    const said = condition(told, 'Progressing')?.message;
    expect(said).toContain(`${DELETE_WITHOUT_FLAT_ANNOTATION}=never-up`);
    await desk.patch(NS, 'never-up', { spec: { control: { deleteDeadline: '1s' } } });
    await isGone('never-up');
  });
});

describe('an executor that is deleted and declared anew', () => {
  it('starts latched while an incident names it', async () => {
    const one = await trading('latched');
    const incident = { metadata: { name: 'latched-1' }, spec: anIncident('latched') };
    const posted = await desk.server.request('POST', incidentsPath(NS), {
      ...{ apiVersion: 'spark.trading/v1alpha1', kind: 'TradingIncident' },
      ...incident,
    });
    expect(posted.status, posted.body.message).toBe(201);
    await settles('latched', 'RolledBack', 'True', 'RollbackLatched');
    await one.remove();
    await one.waits();
    one.pod.manners.notFlat = false;
    await one.gone();
    await desk.declare(NS, 'latched', KEYED);
    const again = await settles('latched', 'RolledBack', 'True', 'RollbackLatched');
    expect(again.status?.rollback).toMatchObject({ latched: true, incident: 'latched-1' });
    expect(again.metadata.finalizers).toEqual([STOP_FINALIZER]);
  });
});

const anIncident = (name: string) => ({
  executor: { name, uid: 'of-the-first' },
  alert: { name: 'A', fingerprint: 'f', since: '2026-11-01T00:00:00Z' },
  decision: 'it lasted',
  decidedAt: '2026-11-01T00:10:00Z',
  before: { mode: 'live', killSwitch: false },
  after: { mode: 'paper', killSwitch: true },
});
