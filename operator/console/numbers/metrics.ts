import { Counter, type Registry } from 'prom-client';
import type { Numbers } from '../numbers.ts';

/** What the console's numbers cost: requests made, and those that gave nothing. */
export type Asked = (result: 'answered' | 'failed') => void;

/** Registers both results at 0. */
export function numbersMetrics(registry: Registry, source: Numbers['source']): Asked {
  const requests = new Counter({
    name: 'trading_operator_console_number_requests_total',
    help: 'Requests for the numbers of the console, to Prometheus or to /metrics of executors.',
    labelNames: ['source', 'result'],
    registers: [registry],
  });
  for (const result of ['answered', 'failed']) requests.inc({ source, result }, 0);
  return (result) => requests.inc({ source, result });
}
