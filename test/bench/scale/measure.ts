import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, MERGE_PATCH } from '../../../crds/kube/call.ts';
import { type KubeConnection, kubeconfigConnection } from '../../../crds/kube/connection.ts';
import { executorPath } from '../../../crds/kube/paths.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { type ApiServer, startApiServer } from '../../api-server/api-server.ts';
import { installCrds } from '../../api-server/installed-crds.ts';
import { type Ceiling, ceiling } from './ceiling.ts';
import { Convergence } from './convergence.ts';
import { must } from './must.ts';
import { declare, keyAt } from './objects.ts';
import { OperatorProcess } from './operator-process.ts';
import { between, type Calls, serverCalls, writesBesidesLeases } from './server-calls.ts';

export interface Terms {
  readonly objects: number;
  /** How long nothing changes, and how many single changes follow. */
  readonly steadySeconds: number;
  readonly changes: number;
  /** Another operator's command; undefined measures ours. */
  readonly command: string | undefined;
  readonly progress: (note: string) => void;
}

export interface Measured {
  /** From the start of the process to the last executor's StatefulSet and status. */
  readonly convergedSeconds: number;
  readonly cpuSeconds: number;
  /** Resident when it had converged, and one minute later. */
  readonly rssMiB: number;
  readonly calls: Calls;
  readonly steady: {
    readonly seconds: number;
    readonly writes: number;
    readonly calls: Calls;
    readonly cpuPercent: number;
    readonly rssMiB: number;
  };
  /** PATCH of one spec answered → its status speaks of it, while all others rest. */
  readonly changeMs: readonly number[];
}

/** Objects first, then the operator: what an upgrade or a lost leader costs. On an empty API server. */
export async function measureOperator(terms: Terms): Promise<Measured> {
  return withServer(terms, async (server, connection) => {
    const watch = await Convergence.open(connection);
    const before = await serverCalls(connection);
    const began = performance.now();
    const operator = await OperatorProcess.start(server, terms.command);
    const note = setInterval(() => {
      terms.progress(`${watch.count()} of ${terms.objects} converged`);
    }, 5_000);
    try {
      await watch.reached(operator.died);
      const convergedSeconds = (performance.now() - began) / 1_000;
      const { cpuSeconds, rssMiB } = operator.usage();
      const calls = between(before, await serverCalls(connection));
      const steady = await rest({ ...terms, connection, operator });
      const changeMs = await changes({ ...terms, connection, watch, operator });
      return { convergedSeconds, cpuSeconds, rssMiB, calls, steady, changeMs };
    } finally {
      clearInterval(note);
      await watch.close();
      await operator.stop();
    }
  });
}

/** The same writes from a loop that decides nothing, on an empty API server of its own. */
export const measureCeiling = (terms: Terms, width: number): Promise<Ceiling> =>
  withServer(terms, (_, connection) => ceiling(connection, width));

async function withServer<T>(
  { objects, progress }: Terms,
  work: (server: ApiServer, connection: KubeConnection) => Promise<T>,
): Promise<T> {
  const server = await startApiServer({ controllers: false });
  const connection = kubeconfigConnection(readFileSync(server.kubeconfigPath, 'utf8'));
  try {
    await installCrds(server);
    progress(`declaring ${objects} executors`);
    await declare(connection, objects);
    return await work(server, connection);
  } finally {
    await connection.close();
    await server.stop();
  }
}

/** What did settling leave behind is let go by first: a status that is written once more is no steady write. */
const SETTLE_MS = 5_000;

async function rest(of: Terms & { connection: KubeConnection; operator: OperatorProcess }) {
  const { steadySeconds, connection, operator, progress } = of;
  progress(`${steadySeconds} s in which nothing changes`);
  await sleep(SETTLE_MS);
  const before = await serverCalls(connection);
  const from = operator.usage();
  await Promise.race([sleep(steadySeconds * 1_000), operator.died]);
  const to = operator.usage();
  const calls = between(before, await serverCalls(connection));
  return {
    seconds: steadySeconds,
    writes: writesBesidesLeases(calls),
    calls,
    cpuPercent: (100 * (to.cpuSeconds - from.cpuSeconds)) / steadySeconds,
    rssMiB: to.rssMiB,
  };
}

async function changes(
  of: Terms & { connection: KubeConnection; watch: Convergence; operator: OperatorProcess },
): Promise<readonly number[]> {
  const { objects, changes: count, connection, watch, operator, progress } = of;
  progress(`${count} single changes`);
  const taken: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const path = executorPath(keyAt(Math.floor((n * objects) / count)));
    const body = { spec: { limits: { maxOrdersPerMinute: 10 + n } } };
    const patch = { method: 'PATCH', path, contentType: MERGE_PATCH, body } as const;
    const { uid, generation = 0 } = must(await call<TradingExecutor>(connection, patch)).metadata;
    const accepted = performance.now();
    await watch.observed(uid, generation, operator.died);
    taken.push(performance.now() - accepted);
  }
  return taken;
}
