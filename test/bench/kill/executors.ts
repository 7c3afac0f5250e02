import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlReport } from '../../../crds/control.ts';
import { executorPath } from '../../../crds/kube/paths.ts';
import { ApiClient } from './api-client.ts';
import type { Api, Contender, Reading, Target } from './terms.ts';

const POLL_MS = 25;
const WITHIN_MS = 30_000;
const ORDER = { symbol: 'BTCTRY', side: 'buy', type: 'limit', quantity: '0.0001' };

interface Executor {
  readonly target: Target;
  readonly door: ApiClient;
}

/** Ours: executors that stamp their gates themselves, each asked for its stamp and for one 403. */
export class Executors implements Contender {
  readonly name = 'ours';
  readonly #api: ApiClient;
  readonly #executors: readonly Executor[];

  constructor(api: Api, caller: string, targets: readonly Target[]) {
    this.#api = new ApiClient(api);
    this.#executors = targets.map((target) => ({
      target,
      door: new ApiClient({
        ...target.trust,
        origin: `https://${target.host}:${target.port}`,
        token: caller,
      }),
    }));
  }

  /** Until every gate is open. */
  async open(): Promise<void> {
    await this.#each((one) => reported(one, ({ gate }) => gate === 'open'));
  }

  async kill(): Promise<readonly Reading[]> {
    const sent = await Promise.all(this.#executors.map(({ target }) => this.#turn(target, true)));
    // Questions would take the processors from those who are shutting their gates.
    await sleep(settleMs(sent.length));
    return this.#each(async (one, at) => {
      const report = await reported(one, ({ gatedAt }) => gatedAt !== null);
      await refused(one);
      const { sentAt, answeredAt } = sent[at] ?? { sentAt: Number.NaN, answeredAt: Number.NaN };
      return { sentAt, answeredAt, gatedAt: Date.parse(report.gatedAt ?? '') };
    });
  }

  async lift(): Promise<void> {
    await Promise.all(this.#executors.map(({ target }) => this.#turn(target, false)));
    await this.open();
  }

  async stop(): Promise<void> {
    for (const { door } of this.#executors) door.close();
    this.#api.close();
  }

  #turn(target: Target, killSwitch: boolean) {
    return this.#api.patch(executorPath(target), { spec: { killSwitch } });
  }

  #each<T>(ask: (one: Executor, at: number) => Promise<T>): Promise<readonly T[]> {
    return Promise.all(this.#executors.map(ask));
  }
}

/** How long the killed are left alone before anybody is asked. */
export const settleMs = (processes: number): number => 60 + 6 * processes;

async function reported(
  { target, door }: Executor,
  holds: (report: ControlReport) => boolean,
): Promise<ControlReport> {
  const end = performance.now() + WITHIN_MS;
  for (;;) {
    const { body } = await door.must({ method: 'GET', path: '/control' });
    if (holds(body)) return body;
    if (performance.now() > end) {
      throw new Error(`${target.name} did not get there: ${JSON.stringify(body)}`);
    }
    await sleep(POLL_MS);
  }
}

async function refused({ target, door }: Executor): Promise<void> {
  const headers = { 'idempotency-key': randomUUID() };
  const body = { ...ORDER, price: '1000000' };
  const { status, body: said } = await door.ask({ method: 'POST', path: '/place', body, headers });
  if (status === 403 && said?.error?.code === 'KILL_SWITCH_ACTIVE') return;
  throw new Error(`${target.name} is killed and answered ${status} ${JSON.stringify(said)}`);
}
