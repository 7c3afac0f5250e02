import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import type { Lease } from '../../crds/kube/lease.ts';
import { credentialLeaseName, RELEASED_BY_ANNOTATION } from '../../crds/names.ts';
import {
  type Claim,
  holdOf,
  LEASE_TIMES,
  NO_CLAIM,
  needsLease,
  step,
} from '../../executor/gate/lease.ts';

const ME = 'alpha-executor-0_1';
const OTHER = 'beta-executor-0_2';
const NEVER_WAITS = Number.NEGATIVE_INFINITY;

function aLease(holderIdentity: string, more: { version?: string; releasedBy?: string } = {}) {
  const { version = '7', releasedBy } = more;
  const annotations = releasedBy === undefined ? {} : { [RELEASED_BY_ANNOTATION]: releasedBy };
  const metadata = { name: 'credential-key', namespace: 'desk', uid: 'u', annotations };
  return {
    metadata: { ...metadata, resourceVersion: version },
    spec: { holderIdentity, leaseDurationSeconds: 40 },
  } satisfies Lease;
}

const another = (since: number, version = '7'): Claim => ({
  ...{ kind: 'another', holder: OTHER, version, since },
});
const moment = (elapsed: number, wall = elapsed) => ({ elapsed, wall: wall as EpochMs });
const ours = (renewedAt: number, signsFrom = NEVER_WAITS): Claim => ({
  ...{ kind: 'ours', lease: aLease(ME), renewedAt: moment(renewedAt), signsFrom },
});

describe('what follows from the Lease as it was read', () => {
  const at = (now: number, claim: Claim, found: Lease) =>
    step(found, { identity: ME, claim, now, times: LEASE_TIMES });
  const handedOver = aLease('', { releasedBy: OTHER });

  it.each<[string, number, Claim, Lease, object]>([
    ['it was handed over: trade at once', 9, NO_CLAIM, handedOver, { signsFrom: NEVER_WAITS }],
    ['it was made, or emptied by hand: wait', 9, NO_CLAIM, aLease(''), { signsFrom: 45_009 }],
    ['somebody has it, seen first now', 9, NO_CLAIM, aLease(OTHER), { kind: 'wait' }],
    ['it has not moved for less than it lasts', 39_999, another(0), aLease(OTHER), wait(0)],
    ['it has not moved for as long as it lasts', 40_000, another(0), aLease(OTHER), take(45_000)],
    ['it was found still only much later', 90_000, another(0), aLease(OTHER), take(45_000)],
    ['it moved', 90_000, another(0, '6'), aLease(OTHER), wait(90_000)],
    ['it was ours and is another’s', 500, ours(400), aLease(OTHER), wait(500)],
    ['it is ours', 500, ours(400, 77), aLease(ME), { kind: 'renew', signsFrom: 77 }],
    ['it is ours and we did not know', 500, another(0), aLease(ME), { signsFrom: 45_500 }],
  ])('%s', (_, now, claim, found, expected) => {
    expect(at(now, claim, found)).toMatchObject(expected);
  });

  it('trusts the longer of two durations', () => {
    const long = { ...aLease(OTHER), spec: { holderIdentity: OTHER, leaseDurationSeconds: 60 } };
    expect(at(59_999, another(0), long)).toMatchObject({ kind: 'wait' });
    expect(at(60_000, another(0), long)).toMatchObject(take(65_000));
    const short = { ...aLease(OTHER), spec: { holderIdentity: OTHER, leaseDurationSeconds: 1 } };
    expect(at(39_999, another(0), short)).toMatchObject({ kind: 'wait' });
  });
});

const wait = (since: number) => ({ kind: 'wait', claim: { holder: OTHER, since } });
const take = (signsFrom: number) => ({ kind: 'take', signsFrom });

describe('a new real order', () => {
  it.each<[string, Claim, number, string]>([
    ['with more left than the window', ours(0), 34_999, 'held'],
    ['with no more left than the window', ours(0), 35_000, 'lost'],
    ['long after, as after a stop of the process', ours(0), 500_000, 'lost'],
    ['before a predecessor is waited out', ours(0, 5_000), 4_999, 'waiting'],
    ['once a predecessor is waited out', ours(0, 5_000), 5_000, 'held'],
    ['while another has it', another(0), 0, 'in-use'],
    ['while nothing is known', NO_CLAIM, 0, 'lost'],
  ])('%s', (_, claim, now, hold) => {
    expect(holdOf(claim, moment(now), LEASE_TIMES)).toBe(hold);
  });

  it('believes whichever clock has gone further: one stands still in a frozen machine', () => {
    expect(holdOf(ours(0), moment(1_000, 35_000), LEASE_TIMES)).toBe('lost');
    expect(holdOf(ours(0), moment(35_000, -3_600_000), LEASE_TIMES)).toBe('lost');
    expect(holdOf(ours(0), moment(1_000, -3_600_000), LEASE_TIMES)).toBe('held');
  });
});

describe('the Lease', () => {
  it.each<[Parameters<typeof needsLease>[0], boolean]>([
    [{ declared: 'trickle', hasKey: true, hasRealOrders: false }, true],
    [{ declared: 'live', hasKey: false, hasRealOrders: false }, false],
    [{ declared: 'paper', hasKey: true, hasRealOrders: false }, false],
    [{ declared: 'paper', hasKey: true, hasRealOrders: true }, true],
    [{ declared: undefined, hasKey: true, hasRealOrders: false }, false],
  ])('is wanted when %o: %s', (known, wanted) => {
    expect(needsLease(known)).toBe(wanted);
  });

  it('is named after the Secret, however long its name', () => {
    expect(credentialLeaseName('btcturk-keys')).toBe('credential-btcturk-keys');
    const long = credentialLeaseName(`${'a'.repeat(241)}.${'b'.repeat(11)}`);
    expect(long).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
    expect(long.length).toBeLessThanOrEqual(253);
  });
});
