import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cardSlo } from '../../../alerts/rules/slo.ts';
import type { ExecutorKey } from '../../../crds/names.ts';
import { type Budgets, SloVerdicts, UNKNOWN } from '../../../operator/reconcile/slo-verdicts.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type FakeServer, fakeServer, jsonReply, type Replies } from '../evidence/fake-servers.ts';

const QUERY = 'GET /api/v1/query';
const KEY = { namespace: 'desk', name: 'btc' };
const budgets: Budgets = {
  placeAck: cardSlo.latencySlowShare,
  feedDb: cardSlo.feedSlowShare,
  errorRate: cardSlo.errorShare,
  uptime: cardSlo.downShare,
};
/** Shares as the shipped rules record them. */
const answer = (shares: Record<string, string>) =>
  jsonReply({
    status: 'success',
    data: {
      resultType: 'vector',
      result: Object.entries(shares).map(([__name__, value]) => ({
        metric: { __name__, namespace: 'desk', executor: 'btc' },
        value: [0, value],
      })),
    },
  });

let replies: Replies;
let prometheus: FakeServer;
let clock: ManualClock;
let changed: ExecutorKey[];
let failures: unknown[];
let stopping: AbortController;
beforeEach(async () => {
  replies = {};
  prometheus = await fakeServer(replies);
  [clock, changed, failures, stopping] = [new ManualClock(), [], [], new AbortController()];
});
afterEach(async () => {
  stopping.abort();
  await prometheus.close();
});

function asking(prometheusUrl: string | undefined = prometheus.origin): SloVerdicts {
  const verdicts = new SloVerdicts({
    ...{ prometheusUrl, budgets, clock },
    changed: (key) => void changed.push(key),
    failed: (err) => void failures.push(err),
  });
  void verdicts.run(stopping.signal);
  return verdicts;
}

describe('the verdict of each SLO', () => {
  it('is by the share that the rules record and the budget of the chart', async () => {
    replies[QUERY] = (_, query) => {
      expect(query.get('query')).toContain('executor:place_ack_bad:ratio_rate1h');
      return answer({
        'executor:place_ack_bad:ratio_rate1h': '0.05',
        'executor:orders_bad:ratio_rate1h': '0.0051',
        'executor:slots_bad:ratio_rate30d': '0',
        'executor:feed_db_bad:ratio_rate1h': 'NaN',
      });
    };
    const verdicts = asking();
    await vi.waitFor(() => expect(changed).toEqual([KEY]));
    expect(verdicts.of(KEY)).toEqual({
      ...{ placeAck: 'Met', feedDb: 'Unknown', errorRate: 'Missed', uptime: 'Met' },
    });
    expect(verdicts.of({ namespace: 'desk', name: 'other' })).toEqual(UNKNOWN);
  });

  it('is told when it turns, not when a number moves; asked once a minute', async () => {
    let asked = 0;
    const shares = { 'executor:place_ack_bad:ratio_rate1h': '0.01' };
    replies[QUERY] = () => {
      asked += 1;
      return answer(shares);
    };
    const verdicts = asking();
    await vi.waitFor(() => expect(changed).toHaveLength(1));
    shares['executor:place_ack_bad:ratio_rate1h'] = '0.04';
    await clock.advance(60_000);
    await vi.waitFor(() => expect(asked).toBe(2));
    shares['executor:place_ack_bad:ratio_rate1h'] = '0.06';
    await clock.advance(60_000);
    await vi.waitFor(() => expect(changed).toHaveLength(2));
    expect(verdicts.of(KEY).placeAck).toBe('Missed');
  });

  it('is not known from then on when Prometheus does not answer, which is told once', async () => {
    replies[QUERY] = answer({ 'executor:place_ack_bad:ratio_rate1h': '0' });
    const verdicts = asking();
    await vi.waitFor(() => expect(verdicts.of(KEY).placeAck).toBe('Met'));
    replies[QUERY] = { status: 503, text: 'busy' };
    await clock.advance(60_000);
    await vi.waitFor(() => expect(verdicts.of(KEY)).toEqual(UNKNOWN));
    expect(changed).toHaveLength(2);
    await clock.advance(60_000);
    expect(failures).toHaveLength(1);
  });
});
