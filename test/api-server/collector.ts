import { executorPath } from '../../crds/kube/paths.ts';
import { type Desk, until } from '../operator/support/desk.ts';
import { desk, NS, service } from './operator-desk.ts';

/**
 * The garbage collector looks for new kinds every 30 s and is slow with what it met before. Gives it
 * something new to collect until it does so at once.
 */
export async function collectorKnowsExecutors(at: Desk = desk): Promise<void> {
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const name = `canary-${attempt}`;
    await at.declare(NS, name);
    const status = async () => (await at.server.request('GET', service(name))).status;
    await until('its Service exists', async () => (await status()) === 200);
    await at.server.request('DELETE', executorPath({ namespace: NS, name }));
    const gone = async () => (await status()) === 404;
    if (await until('it is collected', gone, 3_000).catch(() => false)) return;
  }
  throw new Error('the garbage collector never collected the children of an executor');
}
