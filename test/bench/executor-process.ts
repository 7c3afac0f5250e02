// An executor as a process of its own: the real thing but for its API server, which the parent plays.
import { randomUUID } from 'node:crypto';
import { setDefaultResultOrder } from 'node:dns';
import { join } from 'node:path';
import { systemClock } from '../../crds/clock.ts';
import { agentTo } from '../../crds/kube/agent.ts';
import { freeRatio } from '../../executor/disk.ts';
import { Executor } from '../../executor/executor.ts';
import { executorLog, logOutput } from '../../executor/log.ts';
import { inCluster } from '../../executor/surroundings.ts';
import type { Tempo } from '../../executor/venues/market.ts';
import { NAME, NAMESPACE, OPERATOR } from '../executor/an-executor.ts';
import { answerQuestions } from './asked.ts';

export interface ExecutorSetup {
  readonly clusterOrigin: string;
  /** Of a real API server; the one that is played asks for neither. */
  readonly token?: string;
  readonly ca?: string;
  readonly name?: string;
  /** Holds `credentials/`; data and log are written beside it. */
  readonly folder: string;
  readonly tempo?: Tempo;
}

const setup = JSON.parse(process.argv[2] ?? '{}') as ExecutorSetup;
const { folder, clusterOrigin, token = 'pod', ca, name = NAME } = setup;
setDefaultResultOrder('ipv4first');
const dispatcher = agentTo(ca === undefined ? {} : { ca });
const key = { namespace: NAMESPACE, name };
const pod = `${name}-executor-0`;
const shared = {
  ...{ key, pod, clock: systemClock, random: Math.random, newId: randomUUID },
  log: executorLog({}, logOutput(join(folder, 'executor.jsonl'))),
};
const executor = new Executor({
  tempo: setup.tempo,
  ...shared,
  version: { tag: 'v1.2-bench', commit: 'bench', builtAt: '2026-01-01T00:00:00Z' },
  surroundings: inCluster({
    ...{ ...shared, operator: OPERATOR, lease: 'none' },
    connection: {
      origin: clusterOrigin,
      dispatcher,
      authorization: () => `Bearer ${token}`,
      close: () => dispatcher.destroy(),
    },
  }),
  paths: {
    data: join(folder, 'data'),
    credentials: join(folder, 'credentials'),
    storeUrl: join(folder, 'store-url'),
  },
  freeRatio,
  listen: { host: '127.0.0.1', https: 0, probes: 0 },
  journalWorker: new URL('../../executor/main.ts', import.meta.url),
  feedWorker: new URL('../../executor/main.ts', import.meta.url),
  crash: (fault) => {
    throw fault;
  },
});
const ports = await executor.start();
answerQuestions(ports, () => executor.stop());
