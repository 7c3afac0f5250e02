import type { ExecutorNumbers, Numbers } from '../../../operator/console/numbers.ts';
import { Refusal } from '../../../operator/http/refusal.ts';

const NOTHING: ExecutorNumbers = {
  latencyMs: { p50: null, p95: null, p99: null },
  budgetLeft: null,
  alerts: [],
  unknownOrders: null,
  controlAgeMs: {},
  refusals: {},
};

/** Where no source can be asked: everything is unknown, and nothing looks like a zero. */
export const noNumbers = (source: Numbers['source']): Numbers => ({
  source,
  of: () => NOTHING,
  history: () =>
    Promise.reject(new Refusal(503, 'NO_NUMBERS', 'this operator has no source of numbers')),
  onChange: () => () => undefined,
  start: () => undefined,
  stop: async () => undefined,
});
