import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { ActionRequest, ActionResult } from '../../operator/console/wire/action.ts';
import type { ExecutorRow, OverviewEvent } from '../../operator/console/wire/overview.ts';
import { COOKIE, CSRF_HEADER } from '../../operator/console/wire/paths.ts';
import { fail, json, text } from './played-answer.ts';
import { playedRows } from './played-data.ts';
import {
  playedAudit,
  playedCalendar,
  playedDetail,
  playedHistory,
  type Rights,
} from './played-detail.ts';
import { files, playedIncidents, playedPack } from './played-incidents.ts';

/** As the operator serves it: a page that needs more than this is broken. */
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** What the played server does wrong on demand. */
export interface Play {
  rows: ExecutorRow[];
  may: Rights;
  signedIn: boolean;
  /** `silent`: connected and nothing comes. `down`: streams and requests break off. */
  link: 'up' | 'silent' | 'down';
  /** Answers to actions; undefined: all done. */
  refuse: string | undefined;
  incidents: boolean;
  /** Rows that change each second. */
  changing: number;
}

export interface Asked {
  readonly path: string;
  readonly body: ActionRequest;
}

/** Plays the console's contract over the built page, with generated data. */
export class PlayedServer {
  readonly play: Play;
  /** Actions that arrived, in order. */
  readonly asked: Asked[] = [];
  readonly #folder: string;
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  readonly #timer: NodeJS.Timeout;

  /** With `tls` it is one of https. */
  constructor(
    folder: string,
    executors: number,
    tls?: { readonly cert: string; readonly key: string },
  ) {
    this.#folder = folder;
    this.play = {
      rows: playedRows(executors, Date.now()),
      may: { patch: true, acknowledge: true },
      signedIn: true,
      link: 'up',
      refuse: undefined,
      incidents: true,
      changing: 0,
    };
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answer(request, response).catch((error: unknown) => fail(response, 500, String(error)));
    };
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
    this.#timer = setInterval(() => this.#tick(), 1_000);
  }

  async start(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Cuts every stream that is open. */
  cut(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** Tells the open overviews of rows that changed. */
  change(rows: ExecutorRow[], gone: readonly string[] = []): void {
    const fresh = new Map(rows.map((row) => [row.uid, row]));
    this.play.rows = this.play.rows
      .filter(({ uid }) => !gone.includes(uid))
      .map((row) => fresh.get(row.uid) ?? row);
    this.#tell({ kind: 'changed', at: new Date().toISOString(), rows, gone });
  }

  #tick() {
    const { rows, changing, link } = this.play;
    if (link !== 'up') return;
    if (changing === 0) return this.#tell({ kind: 'beat', at: new Date().toISOString() });
    const from = Math.floor(Math.random() * Math.max(1, rows.length - changing));
    const changed = rows.slice(from, from + changing).map((row) => {
      const p95 = (row.latencyMs.p95 ?? 100) * (0.9 + Math.random() / 5);
      return { ...row, latencyMs: { ...row.latencyMs, p95 } };
    });
    this.change(changed);
  }

  #tell(event: OverviewEvent): void {
    for (const stream of this.#streams) stream.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://played');
    if (!url.pathname.startsWith('/api/')) return this.#page(url.pathname, response);
    if (this.play.link === 'down') return void request.destroy();
    if (url.pathname === '/api/session') return this.#session(request, response);
    if (!this.play.signedIn) return fail(response, 401, 'The session has ended.');
    if (request.method === 'POST') return this.#act(request, response, url.pathname);
    if (url.pathname === '/api/overview') return this.#overview(response);
    return this.#read(url, response);
  }

  async #page(path: string, response: ServerResponse): Promise<void> {
    const file = normalize(path === '/' ? '/index.html' : path);
    try {
      const body = await readFile(join(this.#folder, file));
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': CSP,
        'x-content-type-options': 'nosniff',
      });
      response.end(body);
    } catch {
      fail(response, 404, `there is no ${path}`);
    }
  }

  async #session(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'DELETE') this.play.signedIn = false;
    if (request.method === 'POST') {
      const { token } = JSON.parse(await text(request)) as { token: string };
      if (token !== 'good') return fail(response, 401, 'The API server does not know this token.');
      this.play.signedIn = true;
      response.setHeader(
        'set-cookie',
        `${COOKIE}=played-session; Path=/; Secure; HttpOnly; SameSite=Strict`,
      );
    }
    if (!this.play.signedIn) return fail(response, 401, 'Sign in.');
    json(response, {
      username: 'ayse@desk.example',
      groups: ['desk-sre'],
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      version: 'v1.2-ramp',
      numbers: 'prometheus',
    });
  }

  async #act(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.headers[CSRF_HEADER] === undefined) return fail(response, 403, 'no CSRF header');
    this.asked.push({ path, body: JSON.parse(await text(request)) as ActionRequest });
    const [, , kind, namespace = '', name = ''] = path.split('/').map(decodeURIComponent);
    const message = this.play.refuse ?? 'killSwitch is true';
    const one = (target: string) => ({
      ...{ namespace, name: target, message },
      done: this.play.refuse === undefined,
    });
    const all = this.play.rows.filter((row) => row.namespace === namespace);
    const targets = kind === 'namespaces' ? all.map((row) => one(row.name)) : [one(name)];
    json(response, { targets } satisfies ActionResult);
  }

  #overview(response: ServerResponse): void {
    this.#stream(response);
    const at = new Date().toISOString();
    const all: OverviewEvent = { kind: 'all', at, rows: this.play.rows };
    response.write(`data: ${JSON.stringify(all)}\n\n`);
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  }

  #read(url: URL, response: ServerResponse) {
    const [, , kind, namespace, name, part, file] = url.pathname.split('/').map(decodeURIComponent);
    const now = Date.now();
    if (kind === 'incidents') return this.#incident({ namespace, name, part, file }, response, now);
    const row = this.play.rows.find((one) => one.namespace === namespace && one.name === name);
    if (row === undefined) return fail(response, 404, `there is no executor ${namespace}/${name}`);
    if (part === 'history') {
      return json(response, playedHistory(Number(url.searchParams.get('rangeMs')), now));
    }
    if (part === 'audit') {
      return json(response, playedAudit(Number(url.searchParams.get('windowMs')), now));
    }
    if (part === 'calendar') return json(response, playedCalendar(row.venue, now));
    this.#stream(response);
    const send = () => {
      if (this.play.link !== 'up') return;
      const current = this.play.rows.find(({ uid }) => uid === row.uid) ?? row;
      const detail = playedDetail(current, this.play.may, now);
      const event = { ...detail, at: new Date().toISOString() };
      response.write(`data: ${JSON.stringify(event)}\n\n`);
    };
    send();
    const timer = setInterval(send, 1_000);
    response.on('close', () => clearInterval(timer));
  }

  #incident(
    asked: Record<'namespace' | 'name' | 'part' | 'file', string | undefined>,
    response: ServerResponse,
    now: number,
  ) {
    const { rows, may } = this.play;
    const incidents = this.play.incidents ? playedIncidents(rows, may, now) : [];
    if (asked.namespace === undefined) {
      return json(response, { at: new Date(now).toISOString(), incidents });
    }
    const one = incidents.find(({ name }) => name === asked.name);
    if (one === undefined) return fail(response, 404, `there is no incident ${asked.name}`);
    if (asked.file !== undefined) {
      response.writeHead(200, {
        'content-type': 'text/plain',
        'x-content-type-options': 'nosniff',
      });
      return void response.end(files[asked.file] ?? '');
    }
    json(response, asked.part === 'evidence' ? playedPack(one.pack ?? '') : one);
  }
}
