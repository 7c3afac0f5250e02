import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { Gate, gateView } from '../../executor/gate/gate.ts';
import {
  isKilled,
  type Look,
  look,
  momentOf,
  nothingSeen,
  type Sight,
} from '../../executor/gate/sight.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { anExecutor, killed } from './an-executor.ts';

const moment = (elapsed: number) => ({ wall: (1_000_000 + elapsed) as EpochMs, elapsed });
const holds = {
  credentials: 'present',
  lease: 'held',
  journalRead: true,
  reconciled: true,
  draining: false,
} as const;
const view = (sight: Sight, provenAt: number | null, now: number) =>
  gateView(sight, { holds, ageMs: provenAt === null ? null : now - provenAt });

function version(object: TradingExecutor, resourceVersion: number): TradingExecutor {
  const metadata = { ...object.metadata, resourceVersion: String(resourceVersion) };
  return { ...object, metadata };
}
const watched = (object: TradingExecutor): Look => ({ kind: 'object', raw: object, from: 'watch' });
const got = (object: TradingExecutor, askedAt: number): Look => ({
  ...{ kind: 'object', raw: object, from: 'get', askedAt },
});

const open = anExecutor('live');
const seen = look(nothingSeen, watched(version(open, 10)), moment(0));

describe('the gate', () => {
  it('starts shut, and stays shut on the watch alone until a GET has proven it', () => {
    expect(view(nothingSeen, null, 0)).toMatchObject({ open: false, reasons: ['Starting'] });
    expect(view(seen, null, 0)).toMatchObject({ open: false, reasons: ['Starting'] });
    expect(view(seen, 0, 0)).toMatchObject({ open: true, reasons: [] });
  });

  it('is blind one millisecond after lossGrace, not before', () => {
    expect(view(seen, 0, 15_000).open).toBe(true);
    expect(view(seen, 0, 15_001).reasons).toEqual(['Blind']);
  });

  it('is blind after a freeze, during which its monotonic clock stood still', () => {
    const clock = new ShiftedClock('2026-11-23T03:00:00Z');
    const gate = new Gate({ clock, holds: () => holds, onChange: () => undefined });
    gate.look(watched(version(open, 10)));
    gate.proven(momentOf(clock));
    clock.set('2026-11-23T03:00:14Z');
    expect(gate.view().open).toBe(true);
    clock.set('2026-11-23T03:01:00Z');
    expect(gate.view().reasons).toEqual(['Blind']);
    gate.proven(momentOf(clock));
    expect(gate.view().open).toBe(true);
  });

  it('is shut by what else holds it', () => {
    const shut = (change: Partial<Parameters<typeof gateView>[1]['holds']>) =>
      gateView(seen, { holds: { ...holds, ...change }, ageMs: 0 }).reasons;
    expect(shut({ credentials: 'missing' })).toEqual(['CredentialsMissing']);
    expect(shut({ lease: 'in-use' })).toEqual(['CredentialInUse']);
    expect(shut({ lease: 'waiting' })).toEqual(['LeaseWaiting']);
    expect(shut({ lease: 'lost' })).toEqual(['LeaseLost']);
    expect(shut({ lease: 'not-needed' })).toEqual([]);
    expect(shut({ reconciled: false })).toEqual(['Reconciling']);
    expect(shut({ journalRead: false, reconciled: false })).toEqual(['JournalUnread']);
    expect(shut({ draining: true })).toEqual(['Draining']);
  });

  it('needs neither credentials nor their Lease for paper', () => {
    const paper = look(nothingSeen, watched(anExecutor('paper')), moment(0));
    const missing = { ...holds, credentials: 'missing', lease: 'lost' } as const;
    expect(gateView(paper, { holds: missing, ageMs: 0 }).open).toBe(true);
  });

  it('is shut by an object that does not read as one', () => {
    const broken = { ...version(open, 11), spec: { mode: 'yolo' } } as never;
    const unreadable = look(seen, watched(broken), moment(1));
    expect(view(unreadable, 0, 1).reasons).toEqual(['Unreadable']);
    const spec = { mode: 'yolo', killSwitch: true };
    const alsoKilled = look(
      unreadable,
      watched({ ...version(open, 12), spec } as never),
      moment(2),
    );
    expect([isKilled(alsoKilled), alsoKilled.gatedAt]).toEqual([true, 1_000_002]);
  });
});

describe('sight', () => {
  const killedSight = look(seen, watched(version(killed(open), 20)), moment(5));

  it('stamps the kill in force once, in the moment it was seen', () => {
    expect(killedSight.gatedAt).toBe(1_000_005);
    const again = look(killedSight, watched(version(killed(open), 21)), moment(9));
    expect(again.gatedAt).toBe(1_000_005);
    expect(look(again, watched(version(open, 22)), moment(11)).gatedAt).toBeNull();
  });

  it('is not loosened by an older state, from the watch or from a GET that left before', () => {
    expect(look(killedSight, watched(version(open, 19)), moment(6))).toBe(killedSight);
    expect(look(killedSight, got(version(open, 19), 4), moment(6))).toBe(killedSight);
  });

  it('believes a GET that left after it, whatever its version: a restore counts backwards', () => {
    expect(isKilled(look(killedSight, got(version(open, 3), 6), moment(7)))).toBe(false);
    expect(isKilled(look(seen, got(version(killed(open), 3), 6), moment(7)))).toBe(true);
  });

  it('is tightened by anything', () => {
    expect(isKilled(look(seen, watched(version(killed(open), 1)), moment(6)))).toBe(true);
  });

  it('of a deleted object does not come back under its uid by a late watch event', () => {
    const gone = look(seen, { kind: 'gone' }, moment(6));
    expect(isKilled(gone)).toBe(true);
    expect(isKilled(look(gone, watched(version(open, 99)), moment(7)))).toBe(true);
    const metadata = { ...open.metadata, uid: 'uid-2', resourceVersion: '30' };
    const status = { ...open.status, rollback: { uid: 'uid-2', pending: [], latched: false } };
    const recreated = { ...open, metadata, status } as TradingExecutor;
    expect(isKilled(look(gone, watched(recreated), moment(8)))).toBe(false);
  });

  it('ends at what the newest GET says, however events are shuffled', () => {
    const events = fc.array(
      fc.record({ version: fc.integer({ min: 1, max: 50 }), kill: fc.boolean() }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(events, fc.boolean(), (list, last) => {
        let sight = nothingSeen;
        let now = 0;
        for (const one of list) {
          sight = look(sight, watched(version(killed(open, one.kill), one.version)), moment(++now));
        }
        sight = look(sight, got(version(killed(open, last), 1), now + 1), moment(now + 2));
        expect(isKilled(sight)).toBe(last);
      }),
    );
  });
});
