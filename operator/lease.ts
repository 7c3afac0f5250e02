import type { Clock } from '../crds/clock.ts';
import type { Answer } from '../crds/kube/call.ts';
import type { KubeConnection } from '../crds/kube/connection.ts';
import { type Lease, LeaseObject, renewed, taken } from '../crds/kube/lease.ts';

/** As client-go: a lease is 15 s, given up by its holder after 10 s, tried for every 2 s. */
const LEASE_SECONDS = 15;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;

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
  readonly #lease: LeaseObject;
  readonly #stopping = new AbortController();
  #seen: { version: string; at: number } | undefined;
  #renewedAt: number | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#lease = new LeaseObject(options);
  }

  get isLeader(): boolean {
    const { clock } = this.#options;
    return this.#renewedAt !== undefined && clock.elapsed() - this.#renewedAt < RENEW_DEADLINE_MS;
  }

  /** Resolves once this process leads; rejects when stopped before. */
  async acquired(): Promise<void> {
    while (!(await this.#attempt(RENEW_DEADLINE_MS))) await this.#pause(Number.POSITIVE_INFINITY);
  }

  /** Keeps the lease. Resolves when it is lost (writers must stop at once) or given up by `stop`. */
  async lost(): Promise<string> {
    while (!this.#stopping.signal.aborted) {
      await this.#pause(this.#leftMs()).catch(() => undefined);
      if (this.#stopping.signal.aborted) break;
      const leftMs = this.#leftMs();
      if (leftMs <= 0) return `the lease was not renewed for ${RENEW_DEADLINE_MS} ms`;
      // A hung call must not outlive the deadline: the writers are stopped by it.
      const kept = await this.#attempt(leftMs);
      if (kept === 'another') return 'another process holds the lease';
      if (!kept && this.#leftMs() <= 0) {
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
    const found = await this.#lease.read({ timeoutMs: RETRY_MS });
    if (!found?.ok || found.body.spec?.holderIdentity !== this.#options.identity) return;
    const spec = { ...found.body.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    await this.#lease.update(found.body, { spec }, { timeoutMs: RETRY_MS });
  }

  #leftMs(): number {
    const renewedAt = this.#renewedAt ?? Number.NEGATIVE_INFINITY;
    return renewedAt + RENEW_DEADLINE_MS - this.#options.clock.elapsed();
  }

  /** Until the next attempt, and never beyond the moment in which the lease is lost. */
  #pause(atMostMs: number): Promise<void> {
    const { clock, random } = this.#options;
    const ownMs = RETRY_MS * (1 + random() / 5);
    return clock.after(Math.max(0, Math.min(ownMs, atMostMs)), this.#stopping.signal);
  }

  /** true: held now. false: not, or not known. `another`: somebody else has it for certain. */
  async #attempt(withinMs: number): Promise<boolean | 'another'> {
    const { clock, identity } = this.#options;
    const began = clock.elapsed();
    const found = await this.#lease.read({ timeoutMs: withinMs });
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
    const written = mine ? renewed(spec, this.#holder()) : taken(spec, this.#holder());
    const timeoutMs = withinMs - (clock.elapsed() - began);
    return this.#held(
      await this.#lease.update(found.body, { spec: written }, { timeoutMs }),
      began,
    );
  }

  async #create(began: number): Promise<boolean> {
    const { namespace, log } = this.#options;
    const spec = taken({}, this.#holder());
    const answer = await this.#lease.create({ spec }, { timeoutMs: RENEW_DEADLINE_MS });
    if (answer?.ok === false && answer.status === 404) {
      log('the namespace for the lease does not exist', { namespace });
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

  #holder() {
    const { identity, clock } = this.#options;
    return { identity, seconds: LEASE_SECONDS, now: clock.wall() };
  }
}
