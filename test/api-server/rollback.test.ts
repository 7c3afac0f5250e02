import { describe, expect, it, vi } from 'vitest';
import { effectiveOf } from '../../crds/effective.ts';
import {
  annotate,
  aReplica,
  begun,
  create,
  events,
  executor,
  firing,
  gitSync,
  incidents,
  latched,
  openRollbackDesk,
  PATIENCE,
  PERSIST_FOR_MS,
  post,
  remove,
  rollback,
  settledIncident,
} from './rollback-desk.ts';

openRollbackDesk();

describe('an alert, against a real API server', () => {
  it('goes from webhook to latch on time, and the spec is patched once', async () => {
    const leader = await aReplica();
    await create();
    await begun();
    const startsAt = new Date();
    expect((await post(leader, firing({ startsAt: startsAt.toISOString() }))).statusCode).toBe(200);
    expect((await rollback())?.pending).toMatchObject([{ since: startsAt.toISOString() }]);
    const held = await latched();
    const late = Date.parse(held?.since ?? '') - startsAt.getTime() - PERSIST_FOR_MS;
    console.log(`latched ${late} ms after since + persistFor`);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(500);
    const incident = await settledIncident();
    expect(incident.metadata.name).toBe(held?.incident);
    expect(incident.spec.before).toEqual({ mode: 'live', killSwitch: false });
    const { spec, status, metadata } = await executor();
    expect(spec).toMatchObject({ mode: 'paper', killSwitch: true });
    expect(status?.conditions).toMatchObject([{ type: 'KillSwitchConfirmed', status: 'Unknown' }]);
    expect(await events()).toEqual(['RolledBack']);
    const owners = (metadata as { managedFields?: { manager: string; subresource?: string }[] })
      .managedFields;
    expect(owners?.map((one) => `${one.manager}${one.subresource ?? ''}`)).toContain(
      'trading-operator-rollbackstatus',
    );
  });

  it('is still latched after Git put the spec back, and the patch is not made again', async () => {
    const leader = await aReplica();
    await create();
    await begun();
    await post(leader, firing());
    await latched();
    await settledIncident();
    for (let sync = 0; sync < 5; sync++) {
      expect((await gitSync()).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(effectiveOf(await executor())).toMatchObject({ killed: true, open: false });
    }
    expect((await executor()).spec.mode).toBe('live');
  });

  it('survives delete and recreate, and an acknowledgement releases it', async () => {
    const leader = await aReplica();
    await create();
    await begun();
    await post(leader, firing());
    const incident = (await latched())?.incident ?? '';
    await settledIncident();
    const { uid } = (await executor()).metadata;
    await remove();
    await create();
    const again = await latched();
    expect(again).toMatchObject({ incident });
    expect(again?.uid).not.toBe(uid);
    expect((await executor()).spec.mode).toBe('live'); // declared anew: not patched again
    await annotate({ 'spark.trading/acknowledge-rollback': 'another' });
    await vi.waitFor(
      async () => expect(await events()).toContain('AcknowledgementRefused'),
      PATIENCE,
    );
    expect(await rollback()).toMatchObject({ latched: true });
    await annotate({ 'spark.trading/acknowledge-rollback': incident });
    await vi.waitFor(
      async () => expect(await rollback()).toMatchObject({ latched: false }),
      PATIENCE,
    );
    const { status } = await executor();
    expect(status?.rollback).not.toHaveProperty('incident');
    expect(status?.ladder).toEqual({ reached: 'paper' });
    const [record] = await incidents();
    expect(record?.status?.acknowledged?.by).toBe('unknown'); // the client named no field manager of its own
  });
});
