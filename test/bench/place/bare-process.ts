// The yardstick: a Fastify route that forwards the same order to the venue and answers. The same TLS,
// the same HTTP server settings, the same connection to the venue; no token check, no guards, no
// journal, no queue, no log.
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'undici';
import { httpServer } from '../../../executor/http/server.ts';
import { executorLog } from '../../../executor/log.ts';
import { identity } from '../../../executor/trust/certificate.ts';
import { answerQuestions } from '../asked.ts';

export interface BareSetup {
  readonly folder: string;
  readonly venue: string;
  readonly publicKey: string;
  readonly privateKey: string;
  /** Connections to the venue, one call at a time on each, like the executor's lanes. */
  readonly connections: number;
}

interface PlaceBody {
  readonly symbol: string;
  readonly side: string;
  readonly type: string;
  readonly quantity: string;
  readonly price: string;
}

const setup = JSON.parse(process.argv[2] ?? '{}') as BareSetup;
const secret = Buffer.from(setup.privateKey, 'base64');
/** As the executor sets its own. */
const connection = {
  ...{ pipelining: 1, allowH2: false, keepAliveTimeout: 8_000, keepAliveMaxTimeout: 30_000 },
  ...{ headersTimeout: 0, bodyTimeout: 0 },
};
const idle = Array.from({ length: setup.connections }, () => new Client(setup.venue, connection));
const waiting: ((client: Client) => void)[] = [];
let lastStamp = 0;

const { certificate, privateKey } = await identity(
  join(setup.folder, 'tls'),
  ['localhost'],
  Date.now() as Parameters<typeof identity>[2],
);
const server = httpServer(executorLog({}, { write: () => undefined }), {
  cert: certificate,
  key: privateKey,
});
server.post('/place', async (request, reply) => {
  const key = String(request.headers['idempotency-key']);
  const client = await take();
  try {
    const { statusCode, body } = await client.request({
      ...{ method: 'POST', path: '/api/v1/order' },
      ...{ headers: signed(), body: forwarded(request.body as PlaceBody, key) },
    });
    const answer = (await body.json()) as object;
    return reply.code(statusCode === 200 ? 201 : statusCode).send(answer);
  } finally {
    give(client);
  }
});
await server.listen({ host: '127.0.0.1', port: 0 });
const address = server.server.address() as { readonly port: number };
answerQuestions({ httpsPort: address.port, probesPort: 0 }, () => server.close());

function signed(): Record<string, string> {
  lastStamp = Math.max(lastStamp + 1, Date.now());
  const signature = createHmac('sha256', secret).update(`${setup.publicKey}${lastStamp}`);
  return {
    'X-PCK': setup.publicKey,
    'X-Stamp': String(lastStamp),
    'X-Signature': signature.digest('base64'),
    'content-type': 'application/json',
  };
}

function forwarded({ symbol, side, type, quantity, price }: PlaceBody, key: string): string {
  const order = { pairSymbol: symbol, orderType: side, orderMethod: type, quantity, price };
  return JSON.stringify({ ...order, newOrderClientId: key });
}

/** The first connection whenever it is free, as the executor's lowest lane: it stays warm. */
function take(): Client | Promise<Client> {
  return idle.shift() ?? new Promise((resolve) => waiting.push(resolve));
}

function give(client: Client): void {
  const next = waiting.shift();
  if (next === undefined) idle.unshift(client);
  else next(client);
}
