import { randomUUID } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import { join } from 'node:path';
import { systemClock } from '../../crds/clock.ts';
import { agentTo } from '../../crds/kube/agent.ts';
import { freeRatio } from '../../executor/disk.ts';
import { Executor } from '../../executor/executor.ts';
import type { LeaseTimes } from '../../executor/gate/lease.ts';
import { executorLog } from '../../executor/log.ts';
import { MARKS, type Mark } from '../../executor/marks.ts';
import { inCluster } from '../../executor/surroundings.ts';
import { NAMESPACE, OPERATOR } from './an-executor.ts';

/** Where on the way of its next order the process stops itself. */
export type StopPoint = 'before-journal' | 'after-journal' | 'after-signing' | 'before-writing';

export interface SenderOrders {
  readonly name: string;
  readonly folder: string;
  readonly secret: string;
  readonly times?: LeaseTimes;
  readonly api: { readonly origin: string; readonly token: string; readonly ca?: string };
}

export type SenderNews = { readonly httpsPort: number };

let armed: StopPoint | undefined;

/** As a frozen node would: all threads, in the middle of this very turn. */
function reached(point: StopPoint): void {
  if (armed !== point) return;
  armed = undefined;
  process.kill(process.pid, 'SIGSTOP');
}

const isSubmit = (message: unknown): boolean => {
  const { request } = message as { request: { method: string; path: string } };
  return request.method === 'POST' && request.path === '/api/v1/order';
};
// Made with its signed headers, before the last gate; and after it, right before its first byte.
diagnostics.subscribe(MARKS, (message) => {
  if ((message as Mark).step === 'journalled') reached('after-journal');
});
diagnostics.subscribe('undici:request:create', (message) => {
  if (isSubmit(message)) reached('after-signing');
});
diagnostics.subscribe('undici:client:sendHeaders', (message) => {
  if (isSubmit(message)) reached('before-writing');
});

async function run({ name, folder, secret, times, api }: SenderOrders): Promise<void> {
  const { origin, token, ca } = api;
  const dispatcher = agentTo(ca === undefined ? {} : { ca });
  const crash = (fault: unknown): never => {
    process.stderr.write(`${String(fault)}\n`);
    process.exit(1);
  };
  const key = { namespace: NAMESPACE, name };
  const pod = `${name}-executor-0`;
  const log = executorLog({}, { write: () => undefined });
  const newId = () => `${name}-${randomUUID()}`;
  const shared = { clock: systemClock, random: Math.random, log };
  const executor = new Executor({
    ...{ ...shared, key, pod },
    version: { tag: 'v1.2-test', commit: 'abc', builtAt: '2026-01-01T00:00:00Z' },
    surroundings: inCluster({
      ...{ ...shared, key, pod, operator: OPERATOR, newId },
      connection: {
        ...{ origin, dispatcher, close: () => dispatcher.destroy() },
        authorization: () => `Bearer ${token}`,
      },
      lease: { secret, ...(times && { times }) },
    }),
    newId: () => {
      reached('before-journal');
      return newId();
    },
    paths: {
      data: join(folder, 'data'),
      credentials: join(folder, 'credentials'),
      storeUrl: join(folder, 'store-url'),
    },
    freeRatio,
    listen: { host: '127.0.0.1', https: 0, probes: 0 },
    journalWorker: new URL('../../executor/journal/sqlite-worker.ts', import.meta.url),
    feedWorker: new URL('../../executor/feed/feed-worker.ts', import.meta.url),
    crash,
  });
  process.once('SIGTERM', () => void executor.stop().then(() => process.exit(0), crash));
  const { httpsPort } = await executor.start();
  process.send?.({ httpsPort } satisfies SenderNews);
}

process.on('disconnect', () => process.exit(0)); // never outlives its test
process.on('message', (message: { run: SenderOrders } | { arm: StopPoint }) => {
  if ('arm' in message) armed = message.arm;
  else void run(message.run);
});
