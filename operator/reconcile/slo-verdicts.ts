import { ratio } from '../../alerts/rules/budget.ts';
import type { Clock } from '../../crds/clock.ts';
import { type ExecutorKey, textOf } from '../../crds/names.ts';
import type { SloStatus } from '../../crds/status.ts';
import { vector } from '../console/numbers/answers.ts';

/** Of events or slots, how many may be bad: the chart's values that render the rules, 0 to 1. */
export type Budgets = Readonly<Record<keyof SloStatus, number>>;

/** What the shipped rules record, over the last hour and, for the uptime, 30 days. */
const SERIES: Readonly<Record<keyof SloStatus, string>> = {
  placeAck: ratio('place_ack', '1h'),
  feedDb: ratio('feed_db', '1h'),
  errorRate: ratio('orders', '1h'),
  uptime: ratio('slots', '30d'),
};
const NAMES = Object.keys(SERIES) as readonly (keyof SloStatus)[];
const QUERY = `{__name__=~"${Object.values(SERIES).join('|')}"}`;
/** Status speaks of numbers once a minute at most; more often there is nothing to ask for. */
const EVERY_MS = 60_000;

/** Nothing is recorded of fewer than 50 events, nor asked where there is no Prometheus. */
export const UNKNOWN: SloStatus = {
  placeAck: 'Unknown',
  feedDb: 'Unknown',
  errorRate: 'Unknown',
  uptime: 'Unknown',
};

export interface SloVerdictsOptions {
  /** undefined: nothing can be asked, and every verdict is Unknown. */
  readonly prometheusUrl: string | undefined;
  readonly budgets: Budgets;
  readonly clock: Clock;
  /** A verdict of this executor is another one now. */
  readonly changed: (key: ExecutorKey) => void;
  /** Once, until it answers again. */
  readonly failed: (err: unknown) => void;
}

/** Whether each executor meets each SLO, by the series that the alerts read. */
export class SloVerdicts {
  readonly #options: SloVerdictsOptions;
  #known: ReadonlyMap<string, SloStatus> = new Map();
  #isFailing = false;

  constructor(options: SloVerdictsOptions) {
    this.#options = options;
  }

  of(key: ExecutorKey): SloStatus {
    return this.#known.get(textOf(key)) ?? UNKNOWN;
  }

  /** Asks once a minute until `signal` aborts. What was not answered is not known from then on. */
  async run(signal: AbortSignal): Promise<void> {
    const { prometheusUrl: url, clock } = this.#options;
    while (url !== undefined && !signal.aborted) {
      this.#take(await this.#ask(url));
      await clock.after(EVERY_MS, signal).catch(() => undefined); // stopped
    }
  }

  async #ask(url: string): Promise<ReadonlyMap<string, SloStatus>> {
    try {
      const shares = await vector(url, QUERY);
      this.#isFailing = false;
      return verdictsOf(shares, this.#options.budgets);
    } catch (err) {
      if (!this.#isFailing) this.#options.failed(err);
      this.#isFailing = true;
      return new Map();
    }
  }

  #take(fresh: ReadonlyMap<string, SloStatus>): void {
    const before = this.#known;
    this.#known = fresh;
    for (const id of new Set([...before.keys(), ...fresh.keys()])) {
      const [old, now] = [before.get(id) ?? UNKNOWN, fresh.get(id) ?? UNKNOWN];
      const [namespace = '', name = ''] = id.split('/');
      if (NAMES.some((slo) => old[slo] !== now[slo])) this.#options.changed({ namespace, name });
    }
  }
}

/** By `namespace/name`. Pure. */
export function verdictsOf(
  shares: Awaited<ReturnType<typeof vector>>,
  budgets: Budgets,
): ReadonlyMap<string, SloStatus> {
  const found = new Map<string, SloStatus>();
  for (const { labels, value } of shares) {
    const slo = NAMES.find((one) => SERIES[one] === labels.__name__);
    if (slo === undefined || value === null) continue;
    const id = `${labels.namespace}/${labels.executor}`;
    const verdict = value <= budgets[slo] ? 'Met' : 'Missed';
    found.set(id, { ...(found.get(id) ?? UNKNOWN), [slo]: verdict });
  }
  return found;
}
