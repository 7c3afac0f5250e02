import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lease } from '../../crds/kube/lease.ts';
import { credentialLeaseName, RELEASED_BY_ANNOTATION } from '../../crds/names.ts';

interface Fault {
  /** `before`: never arrives. `after`: takes effect, and its answer is lost. */
  readonly drop: 'before' | 'after';
  readonly method: string;
}

/** Leases as the API server keeps them: written only onto the version and uid that were read. */
export class FakeLeases {
  readonly calls: string[] = [];
  /** Who the Lease was given to, and when (wall ms); '' is nobody. */
  readonly holders: { readonly holder: string; readonly at: number }[] = [];
  /** What happens to the next calls of that method, one each. */
  readonly faults: Fault[] = [];
  /** Executors' Roles allow no create; the operator may. */
  mayCreate = false;
  /** While true nobody is answered. */
  isDown = false;
  readonly #leases = new Map<string, Lease>();
  #version = 1_000;

  get(secret: string): Lease | undefined {
    return this.#leases.get(credentialLeaseName(secret));
  }

  holder(secret: string): string | undefined {
    return this.get(secret)?.spec?.holderIdentity;
  }

  delete(secret: string): void {
    this.#leases.delete(credentialLeaseName(secret));
  }

  /** As the operator makes it where there is none. */
  made(secret: string): void {
    const name = credentialLeaseName(secret);
    if (!this.#leases.has(name)) this.#store(name, { metadata: this.#metadata(name), spec: {} });
  }

  /** Emptied by hand: it says nothing about what its holder still does. */
  empty(secret: string): void {
    const kept = this.get(secret);
    if (kept === undefined) return;
    this.#store(kept.metadata.name, { ...kept, spec: { ...kept.spec, holderIdentity: '' } });
  }

  /** As its last holder left it. */
  handedOver(secret: string, by = 'somebody-before'): void {
    const name = credentialLeaseName(secret);
    const annotations = { [RELEASED_BY_ANNOTATION]: by };
    const spec = { holderIdentity: '', leaseDurationSeconds: 40, leaseTransitions: 3 };
    this.#store(name, { metadata: { ...this.#metadata(name), annotations }, spec });
  }

  /** As somebody holds it who will not renew. */
  heldBy(secret: string, holderIdentity: string, leaseDurationSeconds: number): void {
    const name = credentialLeaseName(secret);
    const spec = { holderIdentity, leaseDurationSeconds };
    this.#store(name, { metadata: this.#metadata(name), spec });
  }

  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const method = request.method ?? 'GET';
    this.calls.push(method);
    if (this.isDown) return;
    const fault = this.#faultFor(method);
    if (fault === 'before') return;
    const [status, body] = this.apply(method, path, text);
    if (fault === 'after') return;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  #faultFor(method: string): Fault['drop'] | undefined {
    const index = this.faults.findIndex((fault) => fault.method === method);
    return index === -1 ? undefined : this.faults.splice(index, 1)[0]?.drop;
  }

  apply(method: string, path: string, text: string): readonly [number, unknown] {
    const given = (text === '' ? {} : JSON.parse(text)) as Lease;
    if (method === 'POST') {
      const { name } = given.metadata;
      if (!this.mayCreate) return [403, { reason: 'Forbidden' }];
      if (this.#leases.has(name)) return [409, { reason: 'AlreadyExists' }];
      return [201, this.#store(name, { ...given, metadata: this.#metadata(name) })];
    }
    const name = path.split('/').at(-1) ?? '';
    const kept = this.#leases.get(name);
    if (kept === undefined) return [404, { reason: 'NotFound' }];
    if (method === 'GET') return [200, kept];
    const { uid, resourceVersion } = given.metadata;
    const isSame = uid === kept.metadata.uid && resourceVersion === kept.metadata.resourceVersion;
    if (!isSame) return [409, { reason: 'Conflict' }];
    return [200, this.#store(name, given)];
  }

  #store(name: string, lease: Lease): Lease {
    this.#version += 1;
    const metadata = { ...lease.metadata, resourceVersion: String(this.#version) };
    const stored = { ...lease, metadata };
    this.holders.push({ holder: lease.spec?.holderIdentity ?? '', at: Date.now() });
    this.#leases.set(name, stored);
    return stored;
  }

  #metadata(name: string): Lease['metadata'] {
    this.#version += 1;
    return { name, namespace: 'desk', uid: `lease-${this.#version}`, resourceVersion: '0' };
  }
}
