import { describe, expect, it } from 'vitest';
import { detail, type SeenEvent } from '../../../operator/console/detail.ts';
import { row } from '../../../operator/console/row.ts';
import { anIncident, pendingSince, stamp } from '../rollback/builders.ts';
import { executorBut, numbersBut, type Unlike } from './an-executor.ts';

const NOW = stamp('03:00:00');

function detailOf(
  unlike: Unlike = {},
  more: { events?: SeenEvent[] | null; incidents?: object[] } = {},
) {
  const object = executorBut(unlike);
  const numbers = numbersBut({ refusals: { KILLED: 3 }, controlAgeMs: { 'btc-executor-0': 12 } });
  return detail({
    ...{ at: NOW, object, numbers, kills: [], may: { patch: true, acknowledge: false } },
    row: row({ object, numbers, killedAt: null }),
    events: more.events === undefined ? [] : more.events,
    incidents: (more.incidents ?? []) as ReturnType<typeof anIncident>[],
  });
}

describe('an executor’s page', () => {
  it('says when each pending alert becomes a rollback', () => {
    const pending = [pendingSince('02:55:00')];
    const rollback = { uid: 'uid-1', pending, latched: false };
    expect(detailOf({ status: { rollback } }).pending).toEqual([
      {
        alertname: 'PlaceAckLatencyRollback',
        since: stamp('02:55:00'),
        dueAt: stamp('03:05:00'),
        inconclusive: false,
      },
    ]);
  });

  it('counts no clock of another uid', () => {
    const rollback = { uid: 'old', pending: [pendingSince('02:55:00')], latched: false };
    expect(detailOf({ status: { rollback } }).pending).toEqual([]);
  });

  it('shows the newest 50 Events and the newest incident first', () => {
    const events = Array.from({ length: 60 }, (_, minute) => ({
      reason: `R${minute}`,
      lastTimestamp: stamp(`02:${String(minute).padStart(2, '0')}:00`),
      metadata: {},
    }));
    const incidents = [anIncident('a'), anIncident('b')].map((one, index) => ({
      ...one,
      spec: { ...one.spec, decidedAt: stamp(`0${index}:00:00`) },
    }));
    const shown = detailOf({}, { events, incidents });
    expect([shown.events?.length, shown.events?.[0]?.reason]).toEqual([50, 'R59']);
    expect(shown.incidents).toEqual(['b', 'a']);
    expect(detailOf({}, { events: null }).events).toBeNull(); // not "nothing happened"
  });

  it('carries numbers and rights as they are', () => {
    const { refusals, controlAgeMs, may, ladder } = detailOf();
    expect([refusals, controlAgeMs]).toEqual([{ KILLED: 3 }, { 'btc-executor-0': 12 }]);
    expect([may, ladder]).toEqual([
      { patch: true, acknowledge: false },
      { reached: 'live', holdForMs: 60_000 },
    ]);
  });
});
