import type { Clock } from '../../crds/clock.ts';
import type { LeaseReport } from '../../crds/control.ts';
import type { Answer } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { type Lease, LeaseObject, renewed, taken } from '../../crds/kube/lease.ts';
import { credentialLeaseName, type ExecutorKey, RELEASED_BY_ANNOTATION } from '../../crds/names.ts';
import type { Log } from '../log.ts';
import { by } from '../until.ts';
import {
  type Claim,
  holdOf,
  LEASE_TIMES,
  type LeaseHold,
  type LeaseTimes,
  leftMs,
  NO_CLAIM,
  step,
} from './lease.ts';
import type { Sender } from './sender.ts';
import type { Moment } from './sight.ts';

/** Which credentials are leased. */
export interface LeaseTerms {
  /** The mounted Secret; undefined while none is. */
  readonly secret: string | undefined;
  readonly times?: LeaseTimes;
}

export interface CredentialLeaseParts {
  readonly lease: LeaseTerms;
  readonly key: ExecutorKey;
  readonly pod: string;
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly log: Log;
}

const CALL_TIMEOUT_MS = 5_000;
const RELEASE_TRIES = 3;
const RELEASE_TIMEOUT_MS = 1_000;

/** One sender per credential: keeps the Lease named after the mounted Secret (promise 6). */
export class CredentialLease implements Sender {
  readonly #parts: CredentialLeaseParts;
  readonly #wanted: () => boolean;
  readonly #secret: string | undefined;
  readonly #times: LeaseTimes;
  readonly #object: LeaseObject | undefined;
  /** Of this process alone: a restarted one is another holder. */
  readonly #identity: string;
  readonly #stopping = new AbortController();
  #claim: Claim = NO_CLAIM;
  #wake = Promise.withResolvers<void>();
  #running: Promise<void> = Promise.resolve();

  /** `wanted`: whether real orders are declared or alive; asked again before every step. */
  constructor(parts: CredentialLeaseParts, wanted: () => boolean) {
    this.#parts = parts;
    this.#wanted = wanted;
    const { lease, key, connection, pod, newId, log } = parts;
    this.#secret = lease.secret;
    this.#times = lease.times ?? LEASE_TIMES;
    this.#identity = `${pod}_${newId()}`;
    if (this.#secret === undefined) return;
    this.#object = new LeaseObject({
      ...{ connection, namespace: key.namespace, name: credentialLeaseName(this.#secret) },
      log: (message, details) => log.warn({ ...details, secretName: this.#secret }, message),
    });
  }

  start(): Promise<void> {
    this.#running = this.#run(this.#stopping.signal);
    return this.#running;
  }

  wake(): void {
    if (this.#wanted() === (this.#claim.kind === 'none')) this.#wake.resolve();
  }

  hold(): LeaseHold {
    return holdOf(this.#claim, this.#now(), this.#times);
  }

  leftMs(): number {
    if (this.#claim.kind !== 'ours') return 0;
    return Math.max(0, leftMs(this.#claim, this.#now(), this.#times));
  }

  report(): LeaseReport {
    const left = this.leftMs();
    const claim = this.#claim;
    return {
      secret: this.#secret ?? null,
      holder: left > 0,
      leftMs: left > 0 ? Math.round(left) : null,
      heldBy: claim.kind === 'another' && claim.holder !== '' ? claim.holder : null,
    };
  }

  /** What cannot be waited for is not handed over: the next holder waits it out itself. */
  async stop(isAnswered: boolean, withinMs: number): Promise<void> {
    this.#stopping.abort(new Error('the credential lease was stopped'));
    await this.#running.catch(() => undefined); // whoever started it was told
    // Twice: the stamp of an unanswered order may be ahead of the venue's time by a window.
    const waitMs = isAnswered ? 0 : 2 * this.#times.windowMs;
    if (this.#claim.kind !== 'ours' || waitMs > withinMs) return;
    await this.#parts.clock.after(waitMs);
    await this.#release();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#parts;
    while (!signal.aborted && this.#object !== undefined) {
      let waitMs = this.#times.retryMs;
      try {
        if (this.#wanted()) waitMs = await this.#attempt(this.#object, signal);
        else await this.#release();
      } catch (fault) {
        if (!signal.aborted) throw fault;
      }
      const jittered = waitMs * (0.9 + random() / 5);
      await by(clock, clock.elapsed() + jittered, this.#wake.promise, signal);
      this.#wake = Promise.withResolvers<void>();
    }
  }

  /** One renewal, or one look and what follows from it. Returns when to try again. */
  async #attempt(object: LeaseObject, signal: AbortSignal): Promise<number> {
    const how = { timeoutMs: CALL_TIMEOUT_MS, signal };
    if (this.#claim.kind === 'ours') {
      // In steady state one request: the version of the last answer is still the newest.
      const { lease, signsFrom } = this.#claim;
      const done = await this.#write(object, { lease, signsFrom, isRenewal: true }, signal);
      if (done !== 'moved') return done === 'held' ? this.#times.renewMs : this.#times.retryMs;
    }
    const found = await object.read(how);
    if (found === undefined) return this.#times.retryMs;
    if (!found.ok) {
      if (found.status === 404) this.#learn(NO_CLAIM); // the operator makes it
      return this.#refused(found);
    }
    const now = this.#parts.clock.elapsed();
    const position = { identity: this.#identity, claim: this.#claim, now, times: this.#times };
    const next = step(found.body, position);
    if (next.kind !== 'renew') this.#learn(next.claim);
    if (next.kind === 'wait') return this.#times.retryMs;
    const { lease, signsFrom } = next;
    const isRenewal = next.kind === 'renew';
    const done = await this.#write(object, { lease, signsFrom, isRenewal }, signal);
    return done === 'held' ? this.#times.renewMs : this.#times.retryMs;
  }

  /** Counted from before the request leaves: the API server cannot have seen it earlier. */
  async #write(
    object: LeaseObject,
    what: { readonly lease: Lease; readonly signsFrom: number; readonly isRenewal: boolean },
    signal: AbortSignal,
  ): Promise<'held' | 'moved' | 'unknown'> {
    const { lease, signsFrom, isRenewal } = what;
    const { [RELEASED_BY_ANNOTATION]: _, ...annotations } = lease.metadata.annotations ?? {};
    const before = lease.spec ?? {};
    const spec = isRenewal ? renewed(before, this.#holder()) : taken(before, this.#holder());
    const renewedAt = this.#now();
    const how = { timeoutMs: CALL_TIMEOUT_MS, signal };
    const answer = await object.update(lease, { spec, annotations }, how);
    if (answer === undefined) return 'unknown';
    if (answer.ok) {
      this.#learn({ kind: 'ours', lease: answer.body, renewedAt, signsFrom });
      return 'held';
    }
    if (answer.status === 409 || answer.status === 404) return 'moved';
    this.#refused(answer);
    return 'unknown';
  }

  /** From here on nothing is signed. Handed over only by who was free to send itself. */
  async #release(): Promise<void> {
    const claim = this.#claim;
    if (claim.kind === 'none') return;
    this.#learn(NO_CLAIM);
    const { clock, log } = this.#parts;
    if (claim.kind !== 'ours' || clock.elapsed() < claim.signsFrom) return;
    const how = { timeoutMs: RELEASE_TIMEOUT_MS };
    for (let tries = 0; tries < RELEASE_TRIES; tries += 1) {
      const found = await this.#object?.read(how);
      if (!found?.ok) continue;
      if (found.body.spec?.holderIdentity !== this.#identity) return;
      const annotations = {
        ...found.body.metadata.annotations,
        [RELEASED_BY_ANNOTATION]: this.#identity,
      };
      const spec = { ...found.body.spec, holderIdentity: '' };
      const answer = await this.#object?.update(found.body, { spec, annotations }, how);
      if (answer?.ok) {
        log.info({ secretName: this.#secret }, 'the lease of the credentials was handed over');
        return;
      }
    }
    log.warn({ secretName: this.#secret }, 'the lease could not be handed over; it is waited out');
  }

  #learn(claim: Claim): void {
    const { kind } = this.#claim;
    this.#claim = claim;
    if (kind === claim.kind) return;
    const heldBy = claim.kind === 'another' ? claim.holder : undefined;
    this.#parts.log.info({ secretName: this.#secret, from: kind, to: claim.kind, heldBy }, 'lease');
  }

  #now(): Moment {
    const { clock } = this.#parts;
    return { wall: clock.wall(), elapsed: clock.elapsed() };
  }

  #holder() {
    const seconds = Math.ceil(this.#times.leaseMs / 1_000);
    return { identity: this.#identity, seconds, now: this.#parts.clock.wall() };
  }

  #refused({ status, reason, message }: Answer<unknown> & { ok: false }): number {
    const { log } = this.#parts;
    log.warn({ secretName: this.#secret, status, reason, message }, 'the lease cannot be used');
    return this.#times.retryMs;
  }
}
