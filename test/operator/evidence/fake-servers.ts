import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { EXECUTOR_PROBE_PORT, EXECUTOR_TLS_PORT } from '../../../crds/names.ts';
import type { Certificate } from '../../api-server/certificates.ts';

export interface Reply {
  readonly status?: number;
  readonly text: string;
}

/** What is answered by `METHOD /path`; a test changes it as it likes. Anything else is 404. */
export type Replies = Record<string, Reply | ((body: string, query: URLSearchParams) => Reply)>;

export const jsonReply = (value: unknown, status = 200): Reply => ({
  status,
  text: JSON.stringify(value),
});

/** As the API server refuses: a Status object. */
export const refused = (status: number, reason: string, message: string): Reply =>
  jsonReply({ kind: 'Status', status: 'Failure', reason, message }, status);

export interface FakeServer {
  readonly origin: string;
  close(): Promise<void>;
}

const listener =
  (replies: Replies): RequestListener =>
  async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://fake');
    const known = replies[`${request.method} ${url.pathname}`] ?? refused(404, 'NotFound', 'none');
    const body = Buffer.concat(chunks).toString('utf8');
    const { status = 200, text } =
      typeof known === 'function' ? known(body, url.searchParams) : known;
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };

async function listening(server: Server, port: number, ip: string): Promise<FakeServer> {
  server.listen(port, ip);
  await once(server, 'listening');
  return {
    origin: `http://${ip}:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** One plain HTTP server, e.g. API server and Prometheus in one. */
export const fakeServer = (replies: Replies): Promise<FakeServer> =>
  listening(createServer(listener(replies)), 0, '127.0.0.1');

/** The two listeners of an executor pod at a loopback address of its own. */
export async function fakePod(
  ip: string,
  tls: Certificate,
  replies: Replies,
): Promise<Pick<FakeServer, 'close'>> {
  const pair = { cert: await readFile(tls.certPath), key: await readFile(tls.keyPath) };
  const answer = listener(replies);
  const plain = await listening(createServer(answer), EXECUTOR_PROBE_PORT, ip);
  const secure = await listening(createTlsServer(pair, answer), EXECUTOR_TLS_PORT, ip);
  return {
    async close() {
      await Promise.all([plain.close(), secure.close()]);
    },
  };
}
