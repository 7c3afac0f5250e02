import { executorPath } from '../../crds/kube/paths.ts';
import { until } from '../operator/support/desk.ts';
import { desk, exists, NS, service } from './operator-desk.ts';

/**
 * The garbage collector looks for new kinds every 30 s and is slow with what it met before. Gives it
 * something new to collect until it does so at once.
 */
export async function collectorKnowsExecutors(): Promise<void> {
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const name = `canary-${attempt}`;
    await desk.declare(NS, name);
    await exists(service(name));
    await desk.server.request('DELETE', executorPath({ namespace: NS, name }));
    const gone = async () => (await desk.server.request('GET', service(name))).status === 404;
    if (await until('it is collected', gone, 3_000).catch(() => false)) return;
  }
  throw new Error('the garbage collector never collected the children of an executor');
}
