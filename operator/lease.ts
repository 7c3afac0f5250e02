import type { Clock } from '../crds/clock.ts';
import { type Answer, type Call, call, KubeUnreachable } from '../crds/kube/call.ts';
import type { KubeConnection } from '../crds/kube/connection.ts';
import { resourcePath } from '../crds/kube/paths.ts';

/** As client-go: a lease is 15 s, given up by its holder after 10 s, tried for every 2 s. */
const LEASE_SECONDS = 15;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec?: LeaseSpec;
}

export interface LeaderElectionOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

/**
 * One writer at a time, by a Lease. Another's lease counts as expired once this process, by its own
 * monotonic clock, has not seen it move for as long as the lease lasts: the clocks of two nodes are
 * never compared. A Lease does not fence: writes carry preconditions of their own.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #path: string;
  readonly #stopping = new AbortController();
  #seen: { version: string; at: number } | undefined;
  #renewedAt: number | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    const { namespace, name } = options;
    const kind = { apiVersion: 'coordination.k8s.io/v1', resource: 'leases' };
    this.#path = resourcePath({ ...kind, namespace, name });
  }

  get isLeader(): boolean {
    const { clock } = this.#options;
    return this.#renewedAt !== undefined && clock.elapsed() - this.#renewedAt < RENEW_DEADLINE_MS;
  }

  /** Resolves once this process leads; rejects when stopped before. */
  async acquired(): Promise<void> {
    while (!(await this.#attempt(RENEW_DEADLINE_MS))) await this.#pause();
  }

  /** Keeps the lease. Resolves when it is lost (writers must stop at once) or given up by `stop`. */
  async lost(): Promise<string> {
    while (!this.#stopping.signal.aborted) {
      await this.#pause().catch(() => undefined);
      if (this.#stopping.signal.aborted) break;
      const leftMs = this.#leftMs();
      if (leftMs <= 0) return `the lease was not renewed for ${RENEW_DEADLINE_MS} ms`;
      // A hung call must not outlive the deadline: the writers are stopped by it.
      const renewed = await this.#attempt(leftMs);
      if (renewed === 'another') return 'another process holds the lease';
      if (!renewed && this.#leftMs() <= 0) {
        return `the lease was not renewed for ${RENEW_DEADLINE_MS} ms`;
      }
    }
    return 'stopped';
  }

  /** Ends the election; a holder hands the lease back so that the next one need not wait it out. */
  async stop(): Promise<void> {
    const held = this.isLeader;
    this.#stopping.abort(new Error('the leader election was stopped'));
    this.#renewedAt = undefined;
    if (!held) return;
    const found = await this.#call<Lease>({ method: 'GET', path: this.#path }, RETRY_MS);
    if (!found?.ok || found.body.spec?.holderIdentity !== this.#options.identity) return;
    const spec = { ...found.body.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    await this.#put(found.body, spec, RETRY_MS);
  }

  #leftMs(): number {
    const renewedAt = this.#renewedAt ?? Number.NEGATIVE_INFINITY;
    return renewedAt + RENEW_DEADLINE_MS - this.#options.clock.elapsed();
  }

  #pause(): Promise<void> {
    const { clock, random } = this.#options;
    return clock.after(RETRY_MS * (1 + random() / 5), this.#stopping.signal);
  }

  /** true: held now. false: not, or not known. `another`: somebody else has it for certain. */
  async #attempt(withinMs: number): Promise<boolean | 'another'> {
    const { clock, identity } = this.#options;
    const began = clock.elapsed();
    const found = await this.#call<Lease>({ method: 'GET', path: this.#path }, withinMs);
    if (found === undefined) return false;
    if (!found.ok) return found.status === 404 ? this.#create(began) : this.#refused(found);
    const { metadata, spec = {} } = found.body;
    if (this.#seen?.version !== metadata.resourceVersion) {
      this.#seen = { version: metadata.resourceVersion, at: clock.elapsed() };
    }
    const mine = spec.holderIdentity === identity;
    const heldMs = (spec.leaseDurationSeconds ?? LEASE_SECONDS) * 1_000;
    const isFree = !spec.holderIdentity || clock.elapsed() - this.#seen.at >= heldMs;
    if (!mine && !isFree) return this.#renewedAt === undefined ? false : 'another';
    const left = Math.max(1, withinMs - (clock.elapsed() - began));
    const answer = await this.#put(
      found.body,
      mine ? this.#renewed(spec) : this.#taken(spec),
      left,
    );
    return this.#held(answer, began);
  }

  async #create(began: number): Promise<boolean> {
    const { namespace, name } = this.#options;
    const spec = this.#taken({});
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec };
    const path = this.#path.slice(0, -(name.length + 1));
    const answer = await this.#call<Lease>({ method: 'POST', path, body }, RENEW_DEADLINE_MS);
    if (answer?.ok === false && answer.status === 404) {
      this.#options.log('the namespace for the lease does not exist', { namespace });
    }
    return this.#held(answer, began);
  }

  /** Counted from before the call left: that is when the renewal was decided. */
  #held(answer: Answer<Lease> | undefined, began: number): boolean {
    if (answer === undefined) return false;
    if (!answer.ok) return answer.status === 409 ? false : this.#refused(answer);
    this.#renewedAt = began;
    return true;
  }

  #refused(answer: Answer<unknown> & { ok: false }): false {
    const { status, reason, message } = answer;
    this.#options.log('the lease cannot be used', { status, reason, message });
    return false;
  }

  #put(lease: Lease, spec: LeaseSpec, withinMs: number): Promise<Answer<Lease> | undefined> {
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease, spec };
    return this.#call<Lease>({ method: 'PUT', path: this.#path, body }, withinMs);
  }

  #renewed(spec: LeaseSpec): LeaseSpec {
    return { ...spec, leaseDurationSeconds: LEASE_SECONDS, renewTime: this.#microTime() };
  }

  #taken(spec: LeaseSpec): LeaseSpec {
    const now = this.#microTime();
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: (spec.leaseTransitions ?? -1) + 1,
    };
  }

  /** metav1.MicroTime wants six digits; our clock has three. */
  #microTime(): string {
    return new Date(this.#options.clock.wall()).toISOString().replace('Z', '000Z');
  }

  /** undefined: no answer; the caller's deadline decides what that means. */
  async #call<T>(request: Call, timeoutMs: number): Promise<Answer<T> | undefined> {
    try {
      return await call<T>(this.#options.connection, {
        ...request,
        timeoutMs: Math.ceil(timeoutMs),
      });
    } catch (cause) {
      if (!(cause instanceof KubeUnreachable)) throw cause;
      this.#options.log('the lease cannot be reached', { cause: String(cause) });
      return undefined;
    }
  }
}
