import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../crds/fields.ts';
import { PENDING_MAX } from '../../../crds/status.ts';
import { TradingExecutorStatus } from '../../../crds/trading-executor.ts';
import { executorOf, WebhookPayload, webhookAlerts } from '../../../operator/rollback/alert.ts';
import { decision } from '../../../operator/rollback/decision.ts';
import { isMarked, MARK, marked } from '../../../operator/rollback/incident.ts';
import { noted } from '../../../operator/rollback/note.ts';
import { statusPatch } from '../../../operator/rollback/patch.ts';
import { takeIn } from '../../../operator/rollback/take-in.ts';
import {
  anAlert,
  anExecutor,
  clockTime,
  liveSpec,
  payload,
  payloadAlert,
  pendingSince,
  stamp,
} from './builders.ts';
import { aDesk } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';

const LONG = 'ü'.repeat(20_000);
const now = clockTime('03:00:00');
const by = { policy: liveSpec().rollback, now };
const clear = { uid: 'uid-1', pending: [], latched: false };

describe('more alerts than status.rollback can hold', () => {
  const starts = Array.from({ length: 100 }, (_, i) => now - (((i * 37) % 100) + 1) * 60_000);
  const alerts = starts.map((startsAt, i) =>
    anAlert({ fingerprint: `f${i}`, startsAt: startsAt as typeof now }),
  );
  const { rollback } = noted(clear, alerts, by);

  it('leave the earliest, which decide when to act', () => {
    const since = rollback.pending.map((one) => Date.parse(one.since));
    expect(since).toEqual([...starts].sort((a, b) => a - b).slice(0, PENDING_MAX));
    const policy = { enabled: true, persistForMs: 600_000 };
    const next = decision({ rollback, policy, now });
    expect(next).toMatchObject({ kind: 'act', idealAt: Math.min(...starts) + 600_000 });
  });

  it('change nothing when they are repeated, so that a storm writes nothing', () => {
    expect(noted(rollback, alerts, by).changed).toBe(false);
  });
});

describe('a delivery with long texts', () => {
  const labels = { alertname: LONG, namespace: 'desk', executor: 'btc', other: LONG };
  const body = payload([
    payloadAlert({ fingerprint: LONG, labels, annotations: { summary: LONG } }),
    payloadAlert({ fingerprint: `${LONG}2`, labels, annotations: null }),
  ]);
  const alerts = webhookAlerts(WebhookPayload.parse(body));

  it('is taken, and alerts that begin alike stay apart', () => {
    expect(alerts.map(executorOf)).toEqual(Array(2).fill({ namespace: 'desk', name: 'btc' }));
    const [one = '', two = ''] = alerts.map(({ fingerprint }) => fingerprint);
    expect([one.length, two.length]).toEqual([64, 64]);
    expect(one).not.toBe(two);
  });

  it.each([LONG, '../secrets', 'BTC', ''])('names no executor with %j', (executor) => {
    expect(executorOf(anAlert({ labels: { namespace: 'desk', executor } }))).toBeUndefined();
  });
});

describe('what is written', () => {
  const crowd = Array.from(
    { length: 32 },
    (_, i): Condition => ({
      type: `Other${i}`,
      status: 'True',
      reason: 'Theirs',
      message: 'of somebody else',
      lastTransitionTime: stamp('01:00:00'),
    }),
  );
  const executor = { ...anExecutor(), status: { conditions: crowd } };
  const rollback = {
    ...{ uid: 'uid-1', latched: true, incident: 'btc-1', since: stamp('03:00:00'), evidence: LONG },
    pending: Array(40).fill(pendingSince('02:00:00', { alertname: LONG })),
  };

  it('is within the schema, with KillSwitchConfirmed among conditions of others', () => {
    const { status } = statusPatch(executor, { rollback, unconfirm: now }) as {
      status: TradingExecutorStatus;
    };
    expect(TradingExecutorStatus.safeParse(status).error).toBeUndefined();
    expect(status.rollback).toMatchObject({ latched: true, incident: 'btc-1' });
    expect(status.conditions?.at(-1)).toMatchObject({
      type: 'KillSwitchConfirmed',
      status: 'Unknown',
    });
  });

  it('has its marks even in a timeline that somebody filled', () => {
    const theirs = { at: stamp('01:00:00'), what: 'theirs' };
    let status = marked({ timeline: Array(63).fill(theirs) }, MARK.decided, 'why', now);
    for (const mark of Object.values(MARK)) status = marked(status, mark, 'words', now);
    expect(status.timeline).toHaveLength(64);
    for (const mark of Object.values(MARK)) expect(isMarked({ status }, mark)).toBe(true);
  });
});

describe('a batch of alerts', () => {
  it('is recorded for every executor that can be written, and then refused for the other', async () => {
    const cluster = new FakeCluster();
    const { metadata, ...rest } = anExecutor();
    for (const name of ['bad', 'btc']) cluster.put({ ...rest, metadata: { ...metadata, name } });
    cluster.beforeWrite = () => {
      cluster.beforeWrite = () => undefined;
      throw new Error('bad cannot be written');
    };
    const recovery = async () => ({ recovered: false, why: 'test' });
    const alerts = ['bad', 'btc'].map((executor) =>
      anAlert({ labels: { ...anAlert().labels, executor } }),
    );
    const taken = takeIn({ ...aDesk(cluster), recovery }, alerts);
    await expect(taken).rejects.toThrow('bad cannot be written');
    expect(cluster.btc.status?.rollback?.pending).toHaveLength(1);
  });
});
