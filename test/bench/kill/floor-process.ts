// The floor: a process with nothing but a watch on one object, which stamps what it is told.
import { Agent, request } from 'node:https';
import type { News } from './crowd.ts';
import type { Api } from './terms.ts';

export interface FloorSetup {
  readonly api: Api;
  /** The collection, and the name of the one object in it. */
  readonly path: string;
  readonly object: string;
}

const { api, path, object } = JSON.parse(process.argv[2] ?? '{}') as FloorSetup;
const agent = new Agent({ ca: api.ca, keepAlive: true });
const headers = { authorization: `Bearer ${api.token}`, accept: 'application/json' };
const tell = (news: News) => process.send?.(news);

function fail(cause: unknown): never {
  console.error(`the watch of ${object} ended: ${cause}`);
  process.exit(1);
}

/** As the executor's own watch: one field selector, HTTP/1.1, one socket. */
function watch(): void {
  const query = `watch=true&fieldSelector=metadata.name%3D${object}&timeoutSeconds=86400`;
  const sent = request(`${api.origin}${path}?${query}`, { agent, headers }, (answer) => {
    if (answer.statusCode !== 200) fail(answer.statusCode);
    answer.socket.setNoDelay(true);
    let rest = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
    answer.on('error', fail).on('end', () => fail('closed'));
  });
  sent.on('error', fail);
  sent.end();
}

function take(line: string): void {
  const { type, object: seen } = JSON.parse(line);
  const at = Date.now();
  if (type === 'ADDED') tell({ ready: true });
  else tell({ got: seen.metadata.resourceVersion, at });
}

process.on('disconnect', () => process.exit(0)); // the parent is gone: so is the reason to live
watch();
