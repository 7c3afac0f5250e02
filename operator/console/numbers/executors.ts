import { isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '../../../crds/clock.ts';
import { EXECUTOR_PROBE_PORT, type ExecutorKey } from '../../../crds/names.ts';
import { getText } from '../../http/get-text.ts';
import type { World } from '../../reconcile/world.ts';
import type { ExecutorNumbers, Numbers } from '../numbers.ts';
import type { History } from '../wire/history.ts';
import { firingByStatus } from './firing.ts';
import { grid, SAMPLE_EVERY_MS } from './grid.ts';
import { Listeners } from './listeners.ts';
import type { Asked } from './metrics.ts';
import type { PodAddress, Pods } from './pods.ts';
import { NO_QUANTILES } from './quantile.ts';
import { type Reading, reading } from './reading.ts';
import { Rounds } from './rounds.ts';
import { latencyNow, refusalsNow, Samples, sampledHistory } from './samples.ts';

export interface ExecutorsOptions {
  readonly pods: Pods;
  readonly world: Pick<World, 'executor'>;
  readonly slo: History['slo'];
  readonly clock: Clock;
  readonly asked: Asked;
  readonly log: Logger;
  /** Of a pod's plain listener. */
  readonly origin?: (pod: PodAddress) => string;
}

const ANSWER_MS_MAX = 2_000;
/** Some 45 kB are usual. */
const ANSWER_BYTES_MAX = 2 * 1024 * 1024;
/** 500 executors that answer in 10 ms take a third of a second; as many silent ones a minute. */
const AT_ONCE_MAX = 16;

/** One answer of each pod; undefined: it gave none. */
type Answers = readonly (readonly [PodAddress, Reading | undefined])[];
type Known = Omit<ExecutorNumbers, 'alerts' | 'budgetLeft'>;

const NOTHING: Known = {
  latencyMs: NO_QUANTILES,
  unknownOrders: null,
  controlAgeMs: {},
  refusals: {},
};

/**
 * Numbers for a cluster without Prometheus: reads /metrics of every executor pod while somebody looks.
 * An executor that does not answer has no numbers, from that round on. The budget of 30 days is never
 * known from an hour; alerts are those whose clock runs in the status.
 */
export class ExecutorsNumbers implements Numbers {
  readonly source = 'executors';
  readonly #options: ExecutorsOptions;
  readonly #rounds: Rounds;
  readonly #samples = new Samples();
  readonly #known = new Map<string, Known>();
  readonly #listeners = new Listeners();

  constructor(options: ExecutorsOptions) {
    this.#options = options;
    this.#rounds = new Rounds(options.clock, (signal) => this.#turn(signal));
  }

  of(key: ExecutorKey): ExecutorNumbers {
    const known = this.#known.get(`${key.namespace}/${key.name}`) ?? NOTHING;
    const alerts = firingByStatus(this.#options.world.executor(key));
    return { ...known, budgetLeft: null, alerts };
  }

  async history({ namespace, name }: ExecutorKey, rangeMs: number): Promise<History> {
    const { clock, slo } = this.#options;
    const now = clock.wall();
    const pods = this.#samples.of(`${namespace}/${name}`);
    return sampledHistory(pods, grid(now, rangeMs), { now, slo });
  }

  onChange(listener: (key: ExecutorKey) => void): () => void {
    return this.#listeners.add(listener);
  }

  start(): void {
    this.#options.pods.start();
    this.#rounds.start();
  }

  /** Samples stay for the next look at the history; what was known now does not. */
  async stop(): Promise<void> {
    this.#known.clear();
    this.#listeners.forget();
    await Promise.all([this.#options.pods.stop(), this.#rounds.stop()]);
  }

  async #turn(signal: AbortSignal): Promise<number> {
    const pods = await this.#options.pods.byExecutor();
    const waiting = [...pods];
    const one = async (): Promise<void> => {
      for (let next = waiting.pop(); next && !signal.aborted; next = waiting.pop()) {
        const [executor, addresses] = next;
        const answers = addresses.map(async (pod) => [pod, await this.#ask(pod)] as const);
        const all = await Promise.all(answers);
        if (!signal.aborted) this.#take(executor, all);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE_MAX }, one));
    if (signal.aborted) return 0;
    for (const executor of this.#known.keys()) if (!pods.has(executor)) this.#know(executor);
    this.#listeners.keep(pods);
    this.#samples.trim(this.#options.clock.wall());
    return SAMPLE_EVERY_MS;
  }

  async #ask(pod: PodAddress): Promise<Reading | undefined> {
    const { clock, origin = probeOrigin, asked, log } = this.#options;
    try {
      const text = await getText(`${origin(pod)}/metrics`, ANSWER_MS_MAX, ANSWER_BYTES_MAX);
      const read = reading(text, clock.wall());
      asked('answered');
      return read;
    } catch (err) {
      asked('failed');
      log.debug({ err, pod: pod.name }, 'an executor did not tell its numbers');
      return undefined;
    }
  }

  #take(executor: string, answers: Answers): void {
    for (const [{ uid }, read] of answers) {
      if (read !== undefined) this.#samples.add(executor, uid, read.sample);
    }
    const ages = answers.map(([{ name }, read]) => [name, read?.controlAgeMs ?? null] as const);
    const read = answers.flatMap(([, one]) => one ?? []);
    const controlAgeMs = Object.fromEntries(ages);
    if (read.length === 0) {
      this.#know(executor, { ...NOTHING, controlAgeMs });
      return;
    }
    const now = this.#options.clock.wall();
    const pods = this.#samples.of(executor);
    const unknown = read.flatMap(({ unknownOrders }) => unknownOrders ?? []);
    this.#know(executor, {
      latencyMs: latencyNow(pods, now),
      unknownOrders: unknown.length === 0 ? null : Math.max(...unknown), // as the alert takes it
      ...{ controlAgeMs, refusals: refusalsNow(pods, now) },
    });
  }

  /** Without numbers: it is gone, or has no pod. */
  #know(executor: string, known?: Known): void {
    if (known === undefined) this.#known.delete(executor);
    else this.#known.set(executor, known);
    const [namespace = '', name = ''] = executor.split('/');
    this.#listeners.tell({ namespace, name }, known ?? null);
  }
}

const probeOrigin = ({ ip }: PodAddress): string => {
  if (ip === '') throw new Error('it has no address yet');
  return `http://${isIPv6(ip) ? `[${ip}]` : ip}:${EXECUTOR_PROBE_PORT}`;
};
