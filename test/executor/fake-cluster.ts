import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { agentTo } from '../../crds/kube/agent.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { onlySimulated } from '../venue/only-the-simulator.ts';
import { FakeLeases } from './fake-leases.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

/** As much of an API server as executors need: one object, its ConfigMap, Leases, the token keys. */
export class FakeCluster {
  /** What the next consistent GETs do; undefined answers them. */
  getFault: number | 'hang' | undefined;
  /** Nobody who asks for the token keys is answered. */
  keysHang = false;
  /** The namespace is being deleted. */
  namespaceCloses = false;
  /** Changes that no watch hears of. */
  watchIsDeaf = false;
  readonly leases = new FakeLeases();
  readonly configMaps = new Map<string, unknown>();
  gets = 0;
  jwksReads = 0;
  #object: TradingExecutor | undefined;
  #version = 100;
  #watchers = new Set<ServerResponse>();
  #sockets = new Set<Socket>();
  #keys: { readonly kid: string; readonly pair: Pair; readonly jwk: JWK }[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    await cluster.rotateKeys();
    await new Promise<void>((done) => cluster.#server.listen(0, '127.0.0.1', done));
    return cluster;
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  connect(): KubeConnection {
    const agent = agentTo({});
    return {
      origin: this.origin,
      dispatcher: agent,
      authorization: () => 'Bearer pod',
      close: () => agent.destroy(),
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  get object(): TradingExecutor | undefined {
    return this.#object;
  }

  /** Accepts a new state, unless it leads to a real venue. Returns the wall time of its acceptance. */
  put(object: TradingExecutor): number {
    onlySimulated(object.spec.venue);
    const type = this.#object === undefined ? 'ADDED' : 'MODIFIED';
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.#object = { ...object, metadata };
    this.#tell({ type, object: this.#object });
    return Date.now();
  }

  delete(): void {
    const object = this.#object;
    this.#object = undefined;
    this.#version += 1;
    if (object === undefined) return;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.#tell({ type: 'DELETED', object: { ...object, metadata } });
  }

  /** Breaks off every watch, as an API server that restarts does. */
  cutWatches(): void {
    for (const watcher of this.#watchers) watcher.destroy();
  }

  /** Signs with a key the executor has not seen yet. */
  async rotateKeys(): Promise<void> {
    const pair = await generateKeyPair('ES256');
    const kid = `key-${this.#keys.length}`;
    this.#keys.push({ kid, pair, jwk: { ...(await exportJWK(pair.publicKey)), kid } });
  }

  async token(
    account: string,
    claims: { audience?: string; expires?: string; issuer?: string } = {},
  ): Promise<string> {
    const { audience = 'trading-executor', expires = '10m', issuer = ISSUER } = claims;
    const key = this.#keys.at(-1);
    if (key === undefined) throw new Error('no key');
    return new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: key.kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(`system:serviceaccount:${account.replace('/', ':')}`)
      .setIssuedAt(Math.floor(Date.now() / 1_000) - 60)
      .setExpirationTime(expires)
      .sign(key.pair.privateKey);
  }

  #tell(event: unknown): void {
    if (this.watchIsDeaf) return;
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify(event)}\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://api');
    if (url.pathname === '/openid/v1/jwks') {
      if (this.keysHang) return;
      // As the real one: it knows these keys under one media type only.
      const accept = request.headers.accept ?? '*/*';
      if (!/\*\/\*|jwk-set\+json/.test(accept)) return json(response, 406, {});
      this.jwksReads += 1;
      return json(response, 200, { keys: this.#keys.map(({ jwk }) => jwk) });
    }
    if (url.pathname === '/.well-known/openid-configuration') {
      return json(response, 200, { issuer: ISSUER });
    }
    if (url.pathname.includes('/leases')) {
      return this.leases.answer(request, response, url.pathname);
    }
    if (request.method === 'PATCH') return this.#patch(request, response, url.pathname);
    if (url.searchParams.get('watch') === 'true') return this.#watch(response);
    if (url.pathname.endsWith('/tradingexecutors')) return this.#list(response);
    if (/\/namespaces\/[^/]+$/.test(url.pathname)) return this.#namespace(response);
    return this.#get(response);
  }

  #namespace(response: ServerResponse): void {
    if (this.getFault === 'hang') return;
    const metadata = this.namespaceCloses ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
    json(response, this.getFault ?? 200, { kind: 'Namespace', metadata });
  }

  #get(response: ServerResponse): void {
    this.gets += 1;
    if (this.getFault === 'hang') return;
    if (this.getFault !== undefined) json(response, this.getFault, { kind: 'Status' });
    else if (this.#object === undefined) json(response, 404, { kind: 'Status' });
    else json(response, 200, this.#object);
  }

  #list(response: ServerResponse): void {
    const items = this.#object === undefined ? [] : [this.#object];
    json(response, 200, { metadata: { resourceVersion: String(this.#version) }, items });
  }

  #watch(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.#watchers.add(response);
    response.on('close', () => this.#watchers.delete(response));
  }

  async #patch(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    this.configMaps.set(path.split('/').at(-1) ?? '', JSON.parse(text));
    json(response, 200, {});
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
