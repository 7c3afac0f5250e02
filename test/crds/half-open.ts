/**
 * A watch whose peer vanishes without a word. In a network namespace of its own, whose loopback is
 * taken down; prints after how many milliseconds the watch noticed, and what it heard once the
 * network was back, as JSON.
 */
import { execFileSync } from 'node:child_process';
import { systemClock } from '../../crds/clock.ts';
import { ListWatch } from '../../crds/kube/list-watch.ts';
import { FaultApiServer } from './fault-api-server.ts';
import type { Thing } from './faults.ts';

const loopback = (state: 'up' | 'down') => execFileSync('ip', ['link', 'set', 'lo', state]);

loopback('up');
const server = await FaultApiServer.start();
const noticed = Promise.withResolvers<number>();
const heard = Promise.withResolvers<string>();
const listWatch = new ListWatch<Thing>({
  ...{ connection: server.connect(), path: server.path, clock: systemClock, random: Math.random },
  log: () => noticed.resolve(systemClock.elapsed()),
  onChange: ({ object }) => heard.resolve(object.metadata.name),
});
listWatch.start();
await server.until(() => server.liveWatches === 1);
const since = systemClock.elapsed();
loopback('down');
server.put('meanwhile');
const noticedMs = Math.round((await noticed.promise) - since);
loopback('up');
console.log(JSON.stringify({ noticedMs, heard: await heard.promise }));
process.exit(0);
