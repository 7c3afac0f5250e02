import type { EpochMs } from '../clock.ts';
import { type Answer, type Call, call, KubeUnreachable } from './call.ts';
import type { KubeConnection } from './connection.ts';
import { leasePath } from './paths.ts';

const API_VERSION = 'coordination.k8s.io/v1';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: LeaseSpec;
}

/** What a write says; annotations replace those that were there, left out they stay. */
export interface LeaseChange {
  readonly spec: LeaseSpec;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface LeaseCall {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface LeaseObjectParts {
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly name: string;
  /** Told why there was no answer. */
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

/**
 * One Lease at the API server. An answer is a value; undefined is none within the time: who holds
 * it decides by a deadline of his own what that means. Throws the signal's reason when aborted.
 */
export class LeaseObject {
  readonly #parts: LeaseObjectParts;
  readonly #path: string;

  constructor(parts: LeaseObjectParts) {
    this.#parts = parts;
    this.#path = leasePath(parts.namespace, parts.name);
  }

  read(how: LeaseCall): Promise<Answer<Lease> | undefined> {
    return this.#call({ method: 'GET', path: this.#path, ...how });
  }

  create({ spec }: LeaseChange, how: LeaseCall): Promise<Answer<Lease> | undefined> {
    const { namespace, name } = this.#parts;
    const path = leasePath(namespace);
    const body = { apiVersion: API_VERSION, kind: 'Lease', metadata: { name }, spec };
    return this.#call({ method: 'POST', path, body, ...how });
  }

  /** Only onto the very version and uid that were read: 409 when anybody wrote since. */
  update(lease: Lease, change: LeaseChange, how: LeaseCall): Promise<Answer<Lease> | undefined> {
    const { spec, annotations = lease.metadata.annotations } = change;
    const metadata = { ...lease.metadata, annotations };
    const body = { apiVersion: API_VERSION, kind: 'Lease', ...lease, metadata, spec };
    return this.#call({ method: 'PUT', path: this.#path, body, ...how });
  }

  async #call(request: Call & LeaseCall): Promise<Answer<Lease> | undefined> {
    const timeoutMs = Math.max(1, Math.ceil(request.timeoutMs));
    try {
      return await call<Lease>(this.#parts.connection, { ...request, timeoutMs });
    } catch (cause) {
      if (!(cause instanceof KubeUnreachable)) throw cause;
      this.#parts.log('the lease cannot be reached', { cause: String(cause) });
      return undefined;
    }
  }
}

/** What a process writes that takes the Lease over from whoever had it. */
export const taken = (before: LeaseSpec, holder: Holder): LeaseSpec => ({
  holderIdentity: holder.identity,
  leaseDurationSeconds: holder.seconds,
  acquireTime: microTime(holder.now),
  renewTime: microTime(holder.now),
  leaseTransitions: (before.leaseTransitions ?? -1) + 1,
});

export const renewed = (before: LeaseSpec, { seconds, now }: Omit<Holder, 'identity'>) => ({
  ...before,
  leaseDurationSeconds: seconds,
  renewTime: microTime(now),
});

export interface Holder {
  readonly identity: string;
  readonly seconds: number;
  /** For people: no decision reads it. */
  readonly now: EpochMs;
}

/** metav1.MicroTime wants six digits; our clock has three. */
const microTime = (now: EpochMs): string => new Date(now).toISOString().replace('Z', '000Z');
