import type { ExecutorRow } from '../../../../operator/console/wire/overview.ts';

/** A calm executor, changed as a test needs it. */
export const aRow = (change: Partial<ExecutorRow> = {}): ExecutorRow => ({
  namespace: 'desk-a',
  name: 'btc-maker',
  uid: 'uid-1',
  venue: 'btcturk',
  declared: { mode: 'live', killSwitch: false, version: 'v1.2' },
  effective: { mode: 'live', killSwitch: false, reason: 'AsDeclared' },
  badge: { state: 'STABLE', reasons: [] },
  pods: [{ name: 'btc-maker-executor-0', state: 'Open', ready: true }],
  killedAt: null,
  latencyMs: { p50: 100, p95: 300, p99: 500 },
  budgetLeft: 0.9,
  alerts: [],
  unknownOrders: 0,
  version: 'v1.2',
  incident: null,
  deleting: false,
  troubles: [],
  ...change,
});
