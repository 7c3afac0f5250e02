import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { type Control, ControlProblem } from './btcturk/control.ts';

const number = z.coerce.number().int().min(0).optional();
const text = z.string().optional();
const LedgerQuery = z.strictObject({
  route: text,
  symbol: text,
  clientId: text,
  publicKey: text,
  outcome: text,
  status: text,
  since: number,
});
const WaitQuery = LedgerQuery.extend({
  orders: number,
  requests: number,
  openAtMost: number,
  timeoutMs: z.coerce.number().int().min(0).max(600_000).default(10_000),
});
const ReleaseOrder = z.strictObject({
  what: z.enum(['late', 'cancel', 'fill', 'delay', 'feed']).default('late'),
});
const SayOrder = z.strictObject({ text: z.string() });
const PlantOrder = z.looseObject({ account: z.string().default('main') });

interface Asked {
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** `status` only where it is not 200. */
interface Told {
  readonly status?: number;
  readonly body: unknown;
}

type Lever = (control: Control, asked: Asked) => Told | Promise<Told>;

/** One line a lever; the shapes are in README.md. Bodies are checked by the control itself. */
const levers: Readonly<Record<string, Lever>> = {
  'GET /healthz': () => ({ body: { ok: true, simulator: 'btcturk' } }),
  'GET /ledger': (control, { query }) => ({ body: control.ledger(LedgerQuery.parse(query)) }),
  'GET /ledger/wait': waited,
  'GET /faults': (control) => ({ body: control.faults() }),
  'POST /faults': faultsAdded,
  'DELETE /faults': (control, { query: { id } }) => ({
    body: { removed: control.removeFaults(id) },
  }),
  'GET /clock': (control) => ({ body: control.clock() }),
  'POST /clock': (control, { body }) => ({ body: control.clock(body as object) }),
  'POST /fill': (control, { body }) => ({ body: control.fill(body as never) }),
  'GET /prices': (control, { query: { symbol = '' } }) => ({ body: control.prices({ symbol }) }),
  'POST /prices': (control, { body }) => ({ body: control.prices(body as never) }),
  'GET /settings': (control) => ({ body: control.settings() }),
  'POST /settings': (control, { body }) => ({ body: control.settings(body as object) }),
  'POST /balances': (control, { body }) => {
    control.balance(body as never);
    return { body: { ok: true } };
  },
  'POST /orders': (control, { body }) => {
    const { account, ...order } = PlantOrder.parse(body);
    return { status: 201, body: control.plant(order, account) };
  },
  'POST /release': (control, { body }) => ({
    body: { released: control.release(ReleaseOrder.parse(body ?? {}).what) },
  }),
  'GET /bans': (control) => ({ body: control.banned() }),
  'GET /feed': (control) => ({ body: control.feed.connections() }),
  'POST /feed/faults': (control, { body }) => {
    control.feed.addFault(body as never);
    return { status: 201, body: { ok: true } };
  },
  'DELETE /feed/faults': (control) => {
    control.feed.removeFaults();
    return { body: { ok: true } };
  },
  'POST /feed/close': (control, { body }) => ({
    body: { closed: control.feed.close((body ?? {}) as object) },
  }),
  'POST /feed/say': (control, { body }) => ({
    body: { told: control.feed.say(SayOrder.parse(body).text) },
  }),
  'POST /feed/skip': (control) => {
    control.feed.skip();
    return { body: { ok: true } };
  },
  'POST /reset': (control) => {
    control.reset();
    return { body: { ok: true } };
  },
};

/** 200 when the wish came true, 408 when the time ran out; both carry the counts. */
async function waited(control: Control, { query }: Asked): Promise<Told> {
  const { timeoutMs, ...wish } = WaitQuery.parse(query);
  const outcome = await control.wait(wish, timeoutMs);
  return { status: outcome.reached ? 200 : 408, body: outcome };
}

/** Takes one fault or a list; a list is taken whole or not at all. */
function faultsAdded(control: Control, { body }: Asked): Told {
  const orders = Array.isArray(body) ? body : [body];
  const ids: string[] = [];
  try {
    for (const order of orders) ids.push(control.addFault(order));
  } catch (fault) {
    for (const id of ids) control.removeFaults(id);
    throw fault;
  }
  return { status: 201, body: { ids } };
}

export interface ControlServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Serves the control API as JSON over HTTP. It has no authentication: keep it inside the test network. */
export async function startControl(
  control: Control,
  { port = 0, host = '127.0.0.1' }: { readonly port?: number; readonly host?: string } = {},
): Promise<ControlServer> {
  const server = createServer((request, response) => {
    void told(control, request).then(({ status = 200, body }) => write(response, status, body));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${bound}`,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function told(control: Control, request: IncomingMessage): Promise<Told> {
  try {
    const url = new URL(request.url ?? '/', 'http://control');
    const lever = levers[`${request.method} ${url.pathname}`];
    if (lever === undefined) {
      const known = Object.keys(levers).join(', ');
      return { status: 404, body: { error: `no such lever; there are: ${known}` } };
    }
    const body = await read(request);
    return await lever(control, { query: Object.fromEntries(url.searchParams), body });
  } catch (fault) {
    if (fault instanceof z.ZodError)
      return { status: 400, body: { error: z.prettifyError(fault) } };
    if (fault instanceof SyntaxError)
      return { status: 400, body: { error: 'the body is not JSON' } };
    if (fault instanceof ControlProblem) return { status: 409, body: { error: fault.message } };
    return { status: 500, body: { error: String(fault) } };
  }
}

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const payload = Buffer.concat(chunks).toString('utf8');
  return payload === '' ? undefined : JSON.parse(payload);
}

function write(response: ServerResponse, status: number, body: unknown): void {
  const payload = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(payload);
}
