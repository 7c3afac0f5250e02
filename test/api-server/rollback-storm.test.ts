import { describe, expect, it } from 'vitest';
import {
  aReplica,
  begun,
  create,
  executor,
  firing,
  latched,
  openRollbackDesk,
  post,
  rollback,
  settledIncident,
} from './rollback-desk.ts';

openRollbackDesk();

const LONG = 'ü'.repeat(2_000);

describe('a hundred alerts with texts longer than any status field, against a real API server', () => {
  it('latch all the same: the earliest are kept, the texts are cut', async () => {
    const leader = await aReplica();
    await create();
    await begun();
    const { labels } = firing();
    const startedAt = Date.now() - 1_000;
    const alerts = Array.from({ length: 100 }, (_, i) =>
      firing({
        fingerprint: `${i}-${LONG}`,
        labels: { ...labels, alertname: `${i}-${LONG}` },
        annotations: { summary: LONG },
        startsAt: new Date(startedAt - ((i * 37) % 100)).toISOString(),
      }),
    );
    expect((await post(leader, ...alerts)).statusCode).toBe(200);
    const pending = (await rollback())?.pending ?? [];
    expect(pending).toHaveLength(32);
    expect(pending[0]?.since).toBe(new Date(startedAt - 99).toISOString());
    await latched();
    const { spec } = await settledIncident();
    expect(spec.alert.name).toHaveLength(128);
    expect((await executor()).spec).toMatchObject({ mode: 'paper', killSwitch: true });
  });
});
