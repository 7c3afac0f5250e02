/** A program whose receiver throws; it must not live on. */
import { systemClock } from '../../crds/clock.ts';
import { ListWatch } from '../../crds/kube/list-watch.ts';
import { FaultApiServer } from './fault-api-server.ts';
import type { Thing } from './faults.ts';

const server = await FaultApiServer.start();
const listWatch = new ListWatch<Thing>({
  ...{ connection: server.connect(), path: server.path, clock: systemClock, random: Math.random },
  onChange() {
    throw new Error('receiver broke');
  },
});
listWatch.start();
await server.until(() => server.liveWatches === 1);
server.put('a');
