import fc from 'fast-check';
import { Gauge, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ACK_BUCKETS_S } from '../../../../crds/ack-buckets.ts';
import { Metrics } from '../../../../executor/metrics.ts';
import { exposed } from '../../../../operator/console/numbers/exposition.ts';
import { reading } from '../../../../operator/console/numbers/reading.ts';

const NOW = 1_764_000_000_000;

const metricsOf = (more: object = {}) =>
  new Metrics(() => ({
    ...{
      driftMs: undefined,
      controlAgeMs: 1_200,
      killed: false,
      mode: 'live',
      unknown: 2,
      open: 0,
    },
    ...{ shut: [], calendarEnd: undefined, watchMissed: 0, diskFree: undefined },
    ...{
      leaseLeftMs: undefined,
      health: undefined,
      fingerprint: undefined,
      secret: undefined,
      ...more,
    },
  }));

describe('what an executor exports', () => {
  it('is read as it was counted, paper left out', async () => {
    const metrics = metricsOf();
    for (const seconds of [0.02, 0.3, 0.3, 1, 1.1]) metrics.acknowledged('acked', 'live', seconds);
    metrics.acknowledged('unknown', 'trickle', Number.POSITIVE_INFINITY);
    metrics.acknowledged('acked', 'paper', 0.001);
    metrics.placed('acked', 'none', 'live');
    metrics.placed('rejected', 'rejected', 'live');
    metrics.placed('rejected', 'nonce', 'live');
    metrics.placed('unknown', 'timeout', 'trickle');
    metrics.placed('unknown', 'timeout', 'paper');
    metrics.denied('CLOCK_DRIFT');
    const read = reading(await metrics.registry.metrics(), NOW);
    const { bounds, buckets, ...sample } = read.sample;
    expect(bounds).toEqual([...ACK_BUCKETS_S, Number.POSITIVE_INFINITY]);
    expect(buckets).toEqual([0, 0, 1, 1, 1, 1, 3, 4, 5, 5, 5, 6]);
    expect(sample).toEqual({ at: NOW, orders: 4, errors: 2, refused: { CLOCK_DRIFT: 1 } });
    expect(read).toMatchObject({ unknownOrders: 2, controlAgeMs: 1_200 });
  });

  it('is not known where it says NaN, and not 0', async () => {
    const text = await metricsOf({ controlAgeMs: null }).registry.metrics();
    expect(reading(text, NOW).controlAgeMs).toBeNull();
    expect(reading('', NOW)).toEqual({
      sample: { at: NOW, bounds: [], buckets: [], orders: 0, errors: 0, refused: {} },
      unknownOrders: null,
      controlAgeMs: null,
    });
  });

  it.each([
    'spark_unknown_orders',
    'spark_unknown_orders many',
    'spark_unknown_orders{a="b} 1',
    'spark_place_ack_duration_seconds_bucket{le="fast"} 1',
    'spark_place_ack_duration_seconds_bucket{le="1" 1',
    'spark_orders_total{mode=live} 1',
  ])('is refused whole with a line like %s', (line) => {
    expect(() => reading(`spark_open_orders 1\n${line}\n`, NOW)).toThrow();
  });

  it('is refused with more buckets or reasons than an executor has', () => {
    const many = Array.from(
      { length: 129 },
      (_, i) => `spark_guard_denials_total{reason="R${i}"} 1`,
    );
    expect(() => reading(many.join('\n'), NOW)).toThrow(/129 reasons/);
  });
});

describe('a metric as text', () => {
  it('is read back as prom-client wrote it, whatever is in its labels', async () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY));
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.string(),
        value,
        async (a, b, number) => {
          const registers = [new Registry()];
          const gauge = new Gauge({ name: 'x', help: 'x', labelNames: ['a', 'b'], registers });
          gauge.set({ a, b }, number);
          const [only] = exposed((await registers[0]?.metrics()) ?? '', new Set(['x']));
          expect(only?.labels).toEqual({ a, b });
          expect(only?.value).toEqual(number === 0 ? 0 : number);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('may have a moment behind its value, and a carriage return is no part of a name', () => {
    expect(exposed('x{a="b"} 1e3 1764000000000\ny 2\n', new Set(['x']))).toEqual([
      { name: 'x', labels: { a: 'b' }, value: 1_000 },
    ]);
  });
});
