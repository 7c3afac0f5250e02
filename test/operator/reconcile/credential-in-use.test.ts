import { describe, expect, it } from 'vitest';
import { cardSlo } from '../../../alerts/rules/slo.ts';
import type { ControlReport } from '../../../crds/control.ts';
import { children } from '../../../operator/desired/children.ts';
import { NO_FACTS } from '../../../operator/kill/facts.ts';
import { reportOf } from '../../../operator/kill/report.ts';
import type { Observed } from '../../../operator/reconcile/observed.ts';
import { plan } from '../../../operator/reconcile/plan.ts';
import { ready } from '../../../operator/reconcile/ready.ts';
import { UNKNOWN } from '../../../operator/reconcile/slo-verdicts.ts';
import { recovery } from '../../../operator/rollback/recovery.ts';
import { anExecutor, aReport } from '../rollback/builders.ts';
import { aPod, SETTINGS } from './fake-shell.ts';

const alerting = { status: 'True', reason: 'Receiving', message: '' } as const;
const held = { secret: 'keys', holder: true, leftMs: 39_000, heldBy: null };
const inUse = { secret: 'keys', holder: false, leftMs: null, heldBy: 'other-executor-0_1' };

function verdict(report: ControlReport) {
  const process = { process: 'pod-1/', firstSeenAt: 0, asked: 1, report };
  const seen: Observed = {
    ...{ executor: anExecutor(), live: [], pods: [aPod], serviceMonitors: false },
    ...{ settings: SETTINGS, alerting, slos: UNKNOWN, elapsed: 0, leases: ['credential-key'] },
    facts: { ...NO_FACTS, pods: new Map([['pod-1', process]]) },
  };
  return ready(seen, plan(seen), []);
}

describe('an executor whose credentials another one uses', () => {
  it('is not ready, and it is said whose they are', () => {
    const report = { ...aReport(), gate: 'shut', shutReasons: ['CredentialInUse'] } as const;
    const { status, reason, message } = verdict({ ...report, lease: inUse });
    expect([status, reason]).toEqual(['False', 'CredentialInUse']);
    expect(message).toContain('Secret keys is held by other-executor-0_1');
  });

  it('is told from one that holds them', () => {
    expect(verdict({ ...aReport(), lease: held }).reason).not.toBe('CredentialInUse');
  });
});

describe('a control report', () => {
  const key = { namespace: 'desk', name: 'btc' };
  const read = (body: object) => reportOf(JSON.stringify(body), key, 'btc-executor-0');

  it('is read with its lease, and without one from before there was one', () => {
    const { lease: _none, ...before } = aReport();
    expect(read(before)).toMatchObject({ report: { lease: null } });
    expect(read({ ...before, lease: inUse })).toMatchObject({ report: { lease: inUse } });
  });

  it('of an older executor is read: what it leaves out stands for nothing good', () => {
    const { lease: _none, recent: _recent, kill: _kill, ...before } = aReport();
    const window = { windowMs: 300_000, orders: 40, acked: 40 };
    const first = read({ ...before, recent: [{ ...window, within1s: 40 }] });
    expect(first).toMatchObject({ report: { gate: 'open', recent: [{ ...window, buckets: [] }] } });
    if ('report' in first) expect(recovery([first.report], cardSlo).recovered).toBe(false);

    const buckets = [{ le: 1, acked: 40 }]; // from before `answered`
    const later = read({ ...before, recent: [{ ...window, buckets }] });
    expect(later).toMatchObject({ report: { recent: [{ ...window, buckets }] } });
    if ('report' in later) expect(recovery([later.report], cardSlo).recovered).toBe(true);
  });
});

describe('the children of an executor', () => {
  const of = (credentials: string | undefined) => {
    const made = children(anExecutor(), {
      settings: SETTINGS,
      credentials,
      serviceMonitors: false,
    });
    const text = (kind: string) => JSON.stringify(made.find((child) => child.kind === kind));
    return { role: text('Role'), set: text('StatefulSet') };
  };

  it('name the mounted Secret to the pod, and grant the Lease of that one alone', () => {
    const { role, set } = of('keys');
    expect(set).toContain('{"name":"CREDENTIALS_SECRET","value":"keys"}');
    expect(role).toContain('"resourceNames":["credential-keys"],"verbs":["get","update"]');
  });

  it('without a Secret name and grant none', () => {
    const { role, set } = of(undefined);
    expect(set).not.toContain('CREDENTIALS_SECRET');
    expect(role).not.toContain('leases');
  });
});
