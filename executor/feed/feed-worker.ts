// The thread that owns the feed's socket and file: neither ever delays an order or the kill.
import { setDefaultResultOrder } from 'node:dns';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../crds/clock.ts';
import type { FeedMessage, FeedRequest, FeedSetup } from './protocol.ts';
import { Recording } from './recording.ts';
import { dial } from './socket.ts';
import { FeedStore } from './store.ts';

async function serve(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('the feed worker must run in a worker thread');
  const { path, url, silentMs, symbols, limits } = workerData as FeedSetup;
  setDefaultResultOrder('ipv4first'); // the main thread's choice does not reach here
  const store = new FeedStore(path, limits);
  const stopping = new AbortController();
  const tell = (message: FeedMessage) => port.postMessage(message);
  const parts = { clock: systemClock, random: Math.random, dial, store, url, silentMs, tell };
  const recording = new Recording(parts);
  recording.follow(symbols, 'start');
  port.on('message', (request: FeedRequest) => {
    if (request.kind === 'follow') recording.follow(request.symbols);
    else stopping.abort(new Error('the feed is stopping'));
  });
  await recording.run(stopping.signal);
  store.close();
  port.close();
}

await serve();
