import { describe, expect, it } from 'vitest';
import { activations } from './alerts.ts';
import { Recording, rulesTest } from './series.ts';

const fired = (time: string, ...executors: string[]) =>
  `    expr: "ALERTS{alertstate=\\"firing\\"}", time: ${time},\n        exp: nil\n        got: ${executors
    .map((name) => `{__name__="ALERTS", alertname="429Bursts", executor="${name}"} 1E+00`)
    .join(', ')}`;

describe('alert activations', () => {
  it('count how often an alert begins to fire, and for how long it does', () => {
    const told = [fired('45s', 'v12'), fired('1m', 'v12', 'v13'), fired('1h1m15s', 'v12')];
    expect(activations(told.join('\n'), 15_000)).toEqual([
      { alert: '429Bursts', executor: 'v12', activations: 2, firingMinutes: 0.75 },
      { alert: '429Bursts', executor: 'v13', activations: 1, firingMinutes: 0.25 },
    ]);
  });

  it('are none when promtool has nothing to say', () => {
    expect(activations('  SUCCESS\n', 15_000)).toEqual([]);
  });
});

describe('a recording', () => {
  it('keeps a value per scrape and series, under the labels of its executor', () => {
    const recording = new Recording({ executor: 'v13' });
    recording.add('# HELP x\nspark_open_orders 1\nnodejs_heap 5\n');
    recording.add('spark_open_orders 2\nspark_late_total{code="A"} 7\n');
    expect(recording.list(/./)).toEqual([
      { series: 'spark_open_orders{executor="v13"}', values: [1, 2] },
      { series: 'spark_late_total{executor="v13",code="A"}', values: [Number.NaN, 7] },
    ]);
  });

  it('asks the rules at every evaluation which alerts fire', () => {
    const recorded = [{ series: 'up{}', values: [1, Number.NaN, 1, 1, 1, 1] }];
    const terms = { rules: 'rules.yaml', recorded, scrapeMs: 5_000, evaluateMs: 15_000 };
    const { tests } = JSON.parse(rulesTest(terms));
    expect(tests[0].input_series).toEqual([{ series: 'up{}', values: '1 _ 1 1 1 1' }]);
    const times = tests[0].promql_expr_test.map((one: { eval_time: string }) => one.eval_time);
    expect(times).toEqual(['15000ms', '30000ms']);
  });
});
