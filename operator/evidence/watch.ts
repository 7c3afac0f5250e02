import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../crds/clock.ts';
import { answers, type EvidenceAddress } from './post.ts';

const LOOK_EVERY_MS = 30_000;
const ANSWER_MS_MAX = 5_000;

/** Looks whether the evidence server answers and can write, for a metric: what is broken must not be found at a rollback. */
export async function watchEvidenceServer(
  to: EvidenceAddress,
  registry: Registry,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const up = new Gauge({
    name: 'trading_operator_evidence_up',
    help: '1 while the evidence server answers this process and can write to its store; absent without one.',
    registers: [],
  });
  up.set((await answers(to, ANSWER_MS_MAX)) ? 1 : 0);
  registry.registerMetric(up); // there is no word of it before the first look
  while (!signal.aborted) {
    await clock.after(LOOK_EVERY_MS, signal).catch(() => undefined);
    if (!signal.aborted) up.set((await answers(to, ANSWER_MS_MAX)) ? 1 : 0);
  }
}
