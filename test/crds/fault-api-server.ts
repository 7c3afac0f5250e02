import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { agentTo } from '../../crds/kube/agent.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { refuse, status } from './fault-answers.ts';
import type { Fault, Thing, WatchFault } from './faults.ts';

interface Recorded {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Thing;
  /** Never sent to a watch: what a lost event looks like from outside. */
  readonly lost: boolean;
}

interface Watcher {
  readonly response: ServerResponse;
  readonly fault: WatchFault | undefined;
  sent: number;
}

/** An API server for one kind, with the history a watch needs and every fault a real one will not do on demand. */
export class FaultApiServer {
  readonly path = '/apis/test/v1/things';
  readonly lists: URLSearchParams[] = [];
  readonly watches: URLSearchParams[] = [];
  /** `authorization` of every request. */
  readonly tokens: (string | undefined)[] = [];
  readonly listFaults: Fault[] = [];
  readonly watchFaults: WatchFault[] = [];
  /** Held until the test lets a list go on. */
  listGate: Promise<void> | undefined;
  /** Held between the making of a list's answer and its sending. */
  listSnapshotGate: Promise<void> | undefined;
  /** Answer 410 to every page after the first. */
  expirePages = false;
  #server: Server;
  #sockets = new Set<Socket>();
  #objects = new Map<string, Thing>();
  #history: Recorded[] = [];
  #watchers = new Set<Watcher>();
  #version = 100;
  #uid = 0;
  #oldest = 0;
  #noted: (() => void)[] = [];

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#note();
      });
    });
  }

  static async start(): Promise<FaultApiServer> {
    const server = new FaultApiServer();
    await new Promise<void>((done) => server.#server.listen(0, '127.0.0.1', done));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  connect(): KubeConnection {
    const agent = agentTo({});
    return {
      origin: `http://127.0.0.1:${this.port}`,
      dispatcher: agent,
      authorization: () => 'Bearer test',
      close: () => agent.destroy(),
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  get liveWatches(): number {
    return this.#watchers.size;
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  /** Resolves as soon as `holds` is true; looked at after each thing that happens here. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((next) => this.#noted.push(next));
  }

  has(name: string): boolean {
    return this.#objects.has(name);
  }

  held(): readonly Thing[] {
    return [...this.#objects.values()];
  }

  /** Creates or changes an object. `lost`: no watch hears of it. */
  put(name: string, { lost = false } = {}): Thing {
    const before = this.#objects.get(name);
    this.#version += 1;
    const object: Thing = {
      apiVersion: 'test/v1',
      kind: 'Thing',
      metadata: {
        name,
        namespace: 'default',
        uid: before?.metadata.uid ?? `uid-${++this.#uid}`,
        resourceVersion: String(this.#version),
        managedFields: [{ manager: 'someone', fieldsV1: { 'f:spec': {} } }],
      },
      spec: { value: (before?.spec.value ?? 0) + 1 },
    };
    this.#objects.set(name, object);
    this.#record(before ? 'MODIFIED' : 'ADDED', object, lost);
    return object;
  }

  delete(name: string, { lost = false } = {}): void {
    const before = this.#objects.get(name);
    if (before === undefined) throw new Error(`there is no ${name}`);
    this.#objects.delete(name);
    this.#version += 1;
    const metadata = { ...before.metadata, resourceVersion: String(this.#version) };
    this.#record('DELETED', { ...before, metadata }, lost);
  }

  /** Advances every open watch to the newest version without an event. */
  bookmark(): string {
    this.#version += 1;
    const object = { kind: 'Thing', metadata: { resourceVersion: String(this.#version) } };
    for (const watcher of this.#watchers) this.#send(watcher, { type: 'BOOKMARK', object });
    return String(this.#version);
  }

  /** Forgets history: a watch from before now is answered 410. */
  compact(): void {
    this.#oldest = this.#version;
    this.#history = [];
  }

  /** Like a restore from a backup: versions run backwards. */
  rewind(to: number): void {
    this.#version = to;
    this.#history = [];
  }

  /** Breaks every open watch. */
  breakWatches(): void {
    for (const { response } of this.#watchers) response.socket?.resetAndDestroy();
  }

  #record(type: Recorded['type'], object: Thing, lost: boolean): void {
    const event: Recorded = { version: this.#version, type, object, lost };
    this.#history.push(event);
    for (const watcher of this.#watchers) this.#deliver(watcher, event);
  }

  #deliver(watcher: Watcher, { type, object, lost }: Recorded): void {
    if (!lost) this.#send(watcher, { type, object });
  }

  #send(watcher: Watcher, event: unknown): void {
    const { response, fault } = watcher;
    if (fault?.kind === 'freeze' || response.writableEnded) return;
    if (fault?.kind === 'torn') {
      response.write(JSON.stringify(event).slice(0, 20));
      response.end();
      return;
    }
    response.write(`${JSON.stringify(event)}\n`);
    watcher.sent += 1;
    if (fault?.kind === 'reset-after' && watcher.sent === fault.events) {
      setImmediate(() => response.socket?.resetAndDestroy());
    }
    if (fault?.kind === 'end-after' && watcher.sent === fault.events) response.end();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server');
    const isWatch = url.searchParams.get('watch') === 'true';
    (isWatch ? this.watches : this.lists).push(url.searchParams);
    const fault = (isWatch ? this.watchFaults : this.listFaults).shift();
    this.tokens.push(request.headers.authorization);
    this.#note();
    if (!isWatch) await this.listGate;
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
    if (fault?.kind === 'says') return void response.end(fault.text);
    if (fault?.kind === 'status') return refuse(response, fault.status, fault.retryAfter);
    if (isWatch) this.#watch(url.searchParams, response, fault);
    else await this.#list(url.searchParams, response);
  }

  async #list(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const all = [...this.#objects.values()];
    const from = Number(query.get('continue') ?? 0);
    if (from > 0 && this.expirePages) return void refuse(response, 410);
    const limit = Number(query.get('limit') ?? all.length);
    const items = all.slice(from, from + limit).map(({ apiVersion: _, kind: __, ...rest }) => rest);
    const more = from + limit < all.length ? { continue: String(from + limit) } : {};
    response.setHeader('content-type', 'application/json');
    const body = JSON.stringify({
      apiVersion: 'test/v1',
      kind: 'ThingList',
      metadata: { resourceVersion: String(this.#version), ...more },
      items,
    });
    await this.listSnapshotGate;
    response.end(body);
  }

  #watch(query: URLSearchParams, response: ServerResponse, fault: WatchFault | undefined): void {
    const from = Number(query.get('resourceVersion'));
    const code = from < this.#oldest ? 410 : from > this.#version ? 504 : 200;
    if (code !== 200) return void refuse(response, code);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (fault?.kind === 'error') {
      const { code, reason, retryAfter } = fault;
      const object = status(code, reason, retryAfter);
      return void response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    }
    const watcher: Watcher = { response, fault, sent: 0 };
    this.#watchers.add(watcher);
    response.on('close', () => {
      this.#watchers.delete(watcher);
      this.#note();
    });
    for (const event of this.#history) if (event.version > from) this.#deliver(watcher, event);
    this.#note();
  }

  #note(): void {
    for (const next of this.#noted.splice(0)) next();
  }
}
