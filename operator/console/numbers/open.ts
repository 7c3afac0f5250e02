import type { Registry } from 'prom-client';
import type { Numbers } from '../numbers.ts';
import { ExecutorsNumbers } from './executors.ts';
import { numbersMetrics } from './metrics.ts';
import { type PodsOptions, watchedPods } from './pods.ts';
import { PrometheusNumbers, type PrometheusOptions } from './prometheus.ts';

export interface NumbersOptions
  extends Pick<PrometheusOptions, 'world' | 'slo' | 'clock' | 'log'>,
    PodsOptions {
  /** Origin and path prefix; undefined: executors are read themselves. */
  readonly prometheusUrl: string | undefined;
  readonly registry: Registry;
}

/** Where the console's numbers come from; nothing is asked before `start`. */
export function openNumbers(options: NumbersOptions): Numbers {
  const { prometheusUrl: url, registry, ...rest } = options;
  if (url !== undefined) {
    return new PrometheusNumbers({ ...rest, url, asked: numbersMetrics(registry, 'prometheus') });
  }
  const asked = numbersMetrics(registry, 'executors');
  return new ExecutorsNumbers({ ...rest, pods: watchedPods(options), asked });
}
