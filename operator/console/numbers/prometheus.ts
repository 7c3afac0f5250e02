import type { Logger } from 'pino';
import type { Clock } from '../../../crds/clock.ts';
import { type ExecutorKey, textOf } from '../../../crds/names.ts';
import type { World } from '../../reconcile/world.ts';
import type { ExecutorNumbers, Numbers } from '../numbers.ts';
import type { History } from '../wire/history.ts';
import { alerts, matrix, vector } from './answers.ts';
import { alertsNotKnown, firingByStatus } from './firing.ts';
import { grid } from './grid.ts';
import { Listeners } from './listeners.ts';
import type { Asked } from './metrics.ts';
import { NO_QUANTILES } from './quantile.ts';
import { queriedHistory, rangeOf, rateWindow } from './queried-history.ts';
import { type Queries, queries } from './queries.ts';
import { type Ask, type Question, questions, sourced } from './questions.ts';
import { Rounds } from './rounds.ts';
import type { ByExecutor } from './vectors.ts';

export interface PrometheusOptions {
  /** Origin and path prefix. */
  readonly url: string;
  readonly slo: History['slo'];
  readonly world: Pick<World, 'executor' | 'executors'>;
  readonly clock: Clock;
  readonly asked: Asked;
  readonly log: Logger;
}

type Name = keyof ReturnType<typeof questions>;

const NOTHING: ExecutorNumbers = {
  latencyMs: NO_QUANTILES,
  budgetLeft: null,
  alerts: [],
  unknownOrders: null,
  controlAgeMs: {},
  refusals: {},
};

/**
 * Numbers from Prometheus, for all executors at once, while somebody looks. Each question is asked by
 * itself, so that none waits for a slower one. What was not answered is not known from then on: nothing
 * is shown longer than until the next answer is due.
 */
export class PrometheusNumbers implements Numbers {
  readonly source = 'prometheus';
  readonly #options: PrometheusOptions;
  readonly #queries: Queries;
  readonly #ask: Ask = {
    vector: (query) => this.#counted(() => vector(this.#options.url, query)),
    alerts: () => this.#counted(() => alerts(this.#options.url)),
  };
  readonly #rounds: readonly Rounds[];
  readonly #known = new Map<Name, ByExecutor<Partial<ExecutorNumbers>>>();
  /** Since when a question has not been answered; RFC 3339. */
  readonly #failing = new Map<Name, string>();
  readonly #listeners = new Listeners();

  constructor(options: PrometheusOptions) {
    this.#options = options;
    this.#queries = queries(options.slo);
    const asked = questions(this.#ask, this.#queries, options.slo);
    this.#rounds = (Object.entries(asked) as [Name, Question][]).map(
      ([name, question]) =>
        new Rounds(options.clock, (signal) => this.#turn(name, question, signal)),
    );
  }

  of(key: ExecutorKey): ExecutorNumbers {
    const name = `${key.namespace}/${key.name}`;
    const answers = [...this.#known.values()].map((one) => one.get(name) ?? {});
    const numbers: ExecutorNumbers = Object.assign({}, NOTHING, ...answers);
    if (this.#known.has('alerts')) return numbers;
    const failing = this.#failing.get('alerts');
    const clocks = firingByStatus(this.#options.world.executor(key));
    return {
      ...numbers,
      alerts: failing === undefined ? clocks : [...clocks, alertsNotKnown(failing)],
    };
  }

  /** Rejects when Prometheus does not answer: without values it would show an hour without orders. */
  async history(key: ExecutorKey, rangeMs: number): Promise<History> {
    const { url, clock, slo } = this.#options;
    const now = clock.wall();
    const moments = grid(now, rangeMs);
    const { latency, errors, burns } = this.#queries;
    const lines = (query: string) => this.#counted(() => matrix(url, query, rangeOf(moments)));
    const window = rateWindow(moments);
    const [latencyLines, errorLines, shares] = await Promise.all([
      lines(latency(key, window)),
      lines(errors(key, window)),
      sourced(this.#ask, this.#queries, burns(key)),
    ]);
    const answers = { latency: latencyLines, errors: errorLines, burns: shares };
    return queriedHistory(answers, moments, { now, slo });
  }

  onChange(listener: (key: ExecutorKey) => void): () => void {
    return this.#listeners.add(listener);
  }

  start(): void {
    for (const rounds of this.#rounds) rounds.start();
  }

  async stop(): Promise<void> {
    const ended = this.#rounds.map((rounds) => rounds.stop());
    this.#known.clear();
    this.#failing.clear();
    this.#listeners.forget();
    await Promise.all(ended);
  }

  async #turn(name: Name, { everyMs, ask }: Question, signal: AbortSignal): Promise<number> {
    try {
      const answer = await ask();
      if (signal.aborted) return 0;
      this.#known.set(name, answer);
      this.#failing.delete(name);
    } catch (err) {
      if (signal.aborted) return 0;
      this.#known.delete(name);
      this.#failed(name, err);
    }
    const here = new Set<string>();
    for (const { metadata } of this.#options.world.executors()) {
      here.add(textOf(metadata));
      this.#listeners.tell(metadata, this.of(metadata));
    }
    this.#listeners.keep(here);
    return everyMs;
  }

  #failed(name: Name, err: unknown): void {
    if (this.#failing.has(name)) return;
    this.#failing.set(name, new Date(this.#options.clock.wall()).toISOString());
    this.#options.log.warn(
      { err, question: name },
      'Prometheus does not tell numbers of the console',
    );
  }

  async #counted<T>(request: () => Promise<T>): Promise<T> {
    try {
      const answer = await request();
      this.#options.asked('answered');
      return answer;
    } catch (error) {
      this.#options.asked('failed');
      throw error;
    }
  }
}
