import { describe, expect, it } from 'vitest';
import type { ControlReport } from '../../../crds/control.ts';
import type { TradingIncident } from '../../../crds/trading-incident.ts';
import { type ReadmeFacts, readme } from '../../../operator/evidence/readme.ts';
import { anIncident, aReport, stamp } from '../rollback/builders.ts';

const settled = { gatedAt: stamp('02:59:00.052'), flatAt: stamp('02:59:12.040') };
const aFile = (name: string, redactions = 0) => ({ name, bytes: 1, sha256: 'x', redactions });

const incident: TradingIncident = {
  ...anIncident('btc-20261123024900'),
  status: {
    timeline: [
      { at: stamp('02:59:00'), what: 'decided' },
      { at: stamp('02:59:00.040'), what: 'latched' },
    ],
  },
};

const written = (more: Partial<ReadmeFacts> = {}): string =>
  readme({
    ...{ incident, latchedAt: stamp('02:59:00.040') },
    reports: [{ ...aReport(), ...settled }],
    smoke: { passed: 6, failed: 0 },
    files: [aFile('metrics.prom'), aFile('smoke.txt')],
    missing: [],
    ...more,
  });

describe('a manager reads', () => {
  it.each([
    ['what', '# btc was put on paper by itself'],
    ['which', 'executor `desk/btc` · incident `btc-20261123024900`'],
    ['when', '**2026-11-23T02:59:00.000Z**'],
    ['why', 'The alert **PlaceAckLatencyRollback** began at 2026-11-23T02:49:00.000Z'],
    ['the decision in words', 'PlaceAckLatencyRollback has lasted 10 min.'],
    ['what changed', '| mode | live | paper |\n| kill switch | off | on |'],
    ['how long it was bad', 'From the alert’s beginning to the decision: 10 min'],
    ['how fast the latch was', 'From the decision to the latch: 40 ms'],
    ['how fast no order left', 'to gated, btc-executor-0 (no new order leaves): 12 ms'],
    ['how fast nothing was open', 'btc-executor-0 (nothing open, in flight or unknown): 12 s'],
    ['what happened in order', '- 2026-11-23T02:59:00.040Z latched'],
    ['what was checked', '6 passed, 0 failed; `smoke.txt` has each answer.'],
    [
      'what to type next',
      'kubectl annotate --overwrite tradingexecutor btc -n desk spark.trading/acknowledge-rollback=btc-20261123024900',
    ],
    ['what a file is', '- `metrics.prom`: every metric of the executor'],
    ['where the hashes are', '- `manifest.json`: all files with their SHA-256'],
  ])('%s', (_question, answer) => {
    expect(written()).toContain(answer);
  });
});

const early = { gatedAt: stamp('02:54:00.040'), flatAt: stamp('02:55:00.040') };
const unsettled: ControlReport = { ...aReport(), gatedAt: stamp('02:59:00.052'), flatAt: null };

describe('and what is not as it should be', () => {
  it.each<[string, Partial<ReadmeFacts>, string]>([
    ['a latch not on record', { latchedAt: undefined }, 'the latch: not known when this was'],
    ['no executor to ask', { reports: [] }, 'No executor could be asked whether it is gated'],
    ['not yet flat', { reports: [unsettled] }, 'in flight or unknown): not known when this was'],
    [
      'killed by a person before',
      { reports: [{ ...aReport(), ...early }] },
      'gated, btc-executor-0 (no new order leaves): it already was, 5 min before',
    ],
    ['a check that failed', { smoke: { passed: 5, failed: 1 } }, '**5 passed, 1 failed; `smoke.'],
    ['nothing checked', { smoke: undefined }, 'Nothing could be checked.'],
    ['no timeline', { incident: anIncident('btc-1') }, '- not on record'],
    [
      'a file that is missing',
      { missing: [{ name: 'audit.json', why: 'HTTP 500: broken' }] },
      'What could not be had:\n- `audit.json`: HTTP 500: broken',
    ],
    [
      'secrets taken out',
      { files: [aFile('executor.log', 2), aFile('operator.log', 1)] },
      '3 places that looked like secrets were taken out.',
    ],
  ])('%s', (_what, facts, words) => {
    expect(written(facts)).toContain(words);
  });

  it('says nothing of secrets and missing files when there are none', () => {
    expect(written()).not.toMatch(/secrets were|could not be had/);
  });

  it.each([
    ['executor-btc-try-executor-1.log', 'the executor’s log of the last hour'],
    ['executor-previous-btc-try-executor-1.log', 'the log of the executor process before this'],
    ['version-btc-executor-1.json', 'which build was running'],
    ['executor-after.yaml', 'the TradingExecutor afterwards'],
    ['unheard-of.txt', 'more of the same'],
  ])('knows %s', (name, what) => {
    expect(written({ files: [aFile(name)] })).toContain(`- \`${name}\`: ${what}`);
  });
});
