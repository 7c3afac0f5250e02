import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { jsonText, type Reply } from './replies.ts';
import { routed } from './routes.ts';
import type { Venue } from './venue.ts';
import { attend, type Line } from './visit.ts';

const BODY_BYTES_MAX = 65_536;

/** The venue's HTTP face. Lines left hanging are kept so that a reset can cut them. */
export class Wire {
  readonly server: Server;
  readonly #venue: Venue;
  readonly #hanging = new Set<ServerResponse>();

  constructor(venue: Venue) {
    this.#venue = venue;
    this.server = createServer((request, response) => {
      this.#receive(request, response).catch((fault: unknown) => {
        // A client that breaks off mid-body is everyday; anything else is a bug of the simulator.
        if (request.destroyed && !request.complete) return;
        process.stderr.write(`venue: ${request.method} ${request.url} failed: ${String(fault)}\n`);
        response.destroy();
      });
    });
    this.server.keepAliveTimeout = venue.settings.keepAliveMs;
  }

  hanging(): number {
    return this.#hanging.size;
  }

  /** Cuts every line that was left without an answer. */
  cutHanging(): void {
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const url = parsedUrl(request.url ?? '/');
    const found = routed(method, url.pathname);
    const { headers } = request;
    const stamp = Number(headers['x-stamp']);
    const seen = this.#venue.ledger.arrived({
      route: found.kind === 'route' ? found.route.name : 'unknown',
      method,
      path: `${url.pathname}${url.search}`,
      address: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      stamp: Number.isFinite(stamp) ? stamp : undefined,
      publicKey: text(headers['x-pck']),
      clientId: undefined,
      symbol: url.searchParams.get('pairSymbol') ?? undefined,
    });
    const body = parsedJson(await read(request));
    seen.clientId = field(body, 'newOrderClientId');
    seen.symbol ??= field(body, 'pairSymbol');
    this.#venue.ledger.changed();
    const line = this.#line(response);
    if (found.kind === 'wrong') {
      const { status } = found.reply;
      line.send(found.reply);
      const at = this.#venue.now();
      seen.outcome = { kind: 'answered', status, message: undefined, code: undefined, at };
      this.#venue.ledger.changed();
      return;
    }
    const { route } = found;
    const path = url.pathname;
    const flat = Object.fromEntries(
      Object.entries(headers).map(([name, one]) => [name, text(one)]),
    );
    await attend(
      this.#venue,
      { route, seen, path, query: url.searchParams, headers: flat, body },
      line,
    );
  }

  #line(response: ServerResponse): Line {
    return {
      send: (reply) => {
        if (response.destroyed || response.socket?.destroyed !== false) return false;
        write(response, reply);
        return true;
      },
      hang: () => {
        this.#hanging.add(response);
        response.once('close', () => this.#hanging.delete(response));
      },
      reset: () => {
        response.socket?.resetAndDestroy();
      },
    };
  }
}

function write(response: ServerResponse, { status, headers, body }: Reply): void {
  const payload = typeof body === 'string' ? body : jsonText(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(payload),
    server: 'btcturk-simulator',
    ...headers,
  });
  response.end(payload);
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  return bytes > BODY_BYTES_MAX ? '' : Buffer.concat(chunks).toString('utf8');
}

function parsedJson(payload: string): unknown {
  try {
    return payload === '' ? undefined : JSON.parse(payload);
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

function parsedUrl(target: string): URL {
  return URL.parse(target, 'http://venue') ?? new URL('http://venue/malformed');
}

function field(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const value = (body as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
