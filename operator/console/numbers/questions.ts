import type { z } from 'zod';
import type { ExecutorNumbers } from '../numbers.ts';
import type { History } from '../wire/history.ts';
import type { Value } from './answers.ts';
import { budgetLeft } from './burn.ts';
import { type AlertsAnswer, firingByExecutor } from './firing.ts';
import { SAMPLE_EVERY_MS } from './grid.ts';
import type { Queries, Sourced } from './queries.ts';
import {
  agesByExecutor,
  type ByExecutor,
  mapped,
  quantilesByExecutor,
  refusalsByExecutor,
  valueByExecutor,
} from './vectors.ts';

/** One question about all executors at once: how often it is asked, and what its answer says. */
export interface Question {
  readonly everyMs: number;
  ask(): Promise<ByExecutor<Partial<ExecutorNumbers>>>;
}

/** An hour of every reason of every executor: the dearest of the quick ones. */
const HOUR_EVERY_MS = 60_000;
/** 86,400 samples an executor, of a share that an hour moves by a seven-hundredth. */
const MONTH_EVERY_MS = 300_000;

/** How Prometheus is asked. Throws when it does not answer as it should. */
export interface Ask {
  vector(query: string): Promise<readonly Value[]>;
  alerts(): Promise<z.output<typeof AlertsAnswer>>;
}

/** What is asked of Prometheus, by name. Four requests each 15 s, one a minute, two each 5 min. */
export function questions(ask: Ask, query: Queries, slo: History['slo']) {
  const now = SAMPLE_EVERY_MS;
  const question = (everyMs: number, asked: Question['ask']): Question => ({ everyMs, ask: asked });
  return {
    latency: question(now, async () =>
      mapped(
        quantilesByExecutor(await ask.vector(query.latency(undefined, '5m'))),
        (latencyMs) => ({
          latencyMs,
        }),
      ),
    ),
    unknownOrders: question(now, async () =>
      mapped(valueByExecutor(await ask.vector(query.unknownOrders)), (unknownOrders) => ({
        unknownOrders,
      })),
    ),
    controlAge: question(now, async () =>
      mapped(agesByExecutor(await ask.vector(query.controlAge)), (controlAgeMs) => ({
        controlAgeMs,
      })),
    ),
    refusals: question(HOUR_EVERY_MS, async () =>
      mapped(refusalsByExecutor(await ask.vector(query.refusals)), (refusals) => ({ refusals })),
    ),
    budget: question(MONTH_EVERY_MS, async () =>
      mapped(valueByExecutor(await sourced(ask, query, query.month)), (share) => ({
        budgetLeft: budgetLeft(share, slo.latencyShare),
      })),
    ),
    alerts: question(now, async () =>
      mapped(firingByExecutor(await ask.alerts()), (alerts) => ({ alerts })),
    ),
  } satisfies Record<string, Question>;
}

/** From the recorded series where Prometheus has the rules, else from what executors export. */
export async function sourced(
  ask: Ask,
  { areRecorded }: Queries,
  { recorded, raw }: Sourced,
): Promise<readonly Value[]> {
  const found = await ask.vector(areRecorded);
  return ask.vector(found.length > 0 ? recorded : raw);
}
