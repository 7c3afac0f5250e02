import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { Clock, EpochMs } from '../../crds/clock.ts';
import { call, KubeUnreachable } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { TOKEN_AUDIENCE } from '../../crds/names.ts';
import type { Log } from '../log.ts';
import { ProvenTokens } from './proven.ts';

/** `system:serviceaccount:<namespace>:<name>` of a token that was proven. */
export type Verified =
  | { readonly kind: 'known'; readonly subject: string }
  /** Why, without the token. */
  | { readonly kind: 'invalid'; readonly why: string }
  /** The cluster's keys could not be read: nobody can be told from anybody. */
  | { readonly kind: 'unavailable' };

export interface Tokens {
  verify(token: string): Promise<Verified>;
}

interface Keys {
  readonly issuer: string;
  readonly set: ReturnType<typeof createLocalJWKSet>;
  readonly readAt: number;
}

/** An unknown key id makes the keys be read again, but not by every forged token. */
const REREAD_FLOOR_MS = 10_000;
const KEYS_AGE_MAX_MS = 3_600_000;
/** A cancel may wait for the keys: not for as long as an API server that hangs. */
const READ_TIMEOUT_MS = 2_000;
const SIGNATURES = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'EdDSA'];
const CLOCK_TOLERANCE_S = 5;

export interface ClusterTokensParts {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly log: Log;
}

/** ServiceAccount tokens, checked against the cluster's own issuer and keys. */
export class ClusterTokens implements Tokens {
  readonly #parts: ClusterTokensParts;
  readonly #proven = new ProvenTokens();
  #keys: Keys | undefined;
  #reading: Promise<void> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ClusterTokensParts) {
    this.#parts = parts;
  }

  async verify(token: string): Promise<Verified> {
    const { clock } = this.#parts;
    const isOld = this.#keys === undefined || clock.elapsed() - this.#keys.readAt > KEYS_AGE_MAX_MS;
    // Old keys are better than a wait: one caller asks for new ones, the others go on meanwhile.
    const isAsked = this.#keys !== undefined && this.#reading !== undefined;
    if (isOld && !isAsked) await this.#read();
    const first = await this.#check(token);
    if (first !== 'no-such-key') return first;
    await this.#read();
    const second = await this.#check(token);
    return second === 'no-such-key' ? { kind: 'invalid', why: 'signed by an unknown key' } : second;
  }

  async #check(token: string): Promise<Verified | 'no-such-key'> {
    const keys = this.#keys;
    if (keys === undefined) return { kind: 'unavailable' };
    const now = this.#parts.clock.wall();
    const proven = this.#proven.get(token, keys, now);
    if (proven !== undefined) return { kind: 'known', subject: proven };
    try {
      const { payload } = await jwtVerify(token, keys.set, {
        issuer: keys.issuer,
        audience: TOKEN_AUDIENCE,
        algorithms: SIGNATURES,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(now),
      });
      const verified = subjectOf(payload);
      if (verified.kind === 'known') {
        const until = (Number(payload.exp) * 1_000) as EpochMs;
        this.#proven.keep(token, { subject: verified.subject, until, keys });
      }
      return verified;
    } catch (fault) {
      if (fault instanceof errors.JWKSNoMatchingKey) return 'no-such-key';
      if (fault instanceof errors.JOSEError) return { kind: 'invalid', why: fault.code };
      return { kind: 'invalid', why: 'not a token' };
    }
  }

  /** One at a time; an answer that does not come leaves the old keys in force. */
  async #read(): Promise<void> {
    const now = this.#parts.clock.elapsed();
    if (this.#reading === undefined) {
      if (now - this.#triedAt < REREAD_FLOOR_MS && this.#keys !== undefined) return;
      this.#triedAt = now;
      this.#reading = this.#fetch().finally(() => {
        this.#reading = undefined;
      });
    }
    await this.#reading;
  }

  async #fetch(): Promise<void> {
    const { connection, clock, log } = this.#parts;
    const how = { method: 'GET', timeoutMs: READ_TIMEOUT_MS } as const;
    try {
      const [about, keys] = await Promise.all([
        call<{ issuer: string }>(connection, {
          ...{ ...how, path: '/.well-known/openid-configuration' },
        }),
        call<JSONWebKeySet>(connection, { ...how, path: '/openid/v1/jwks' }),
      ]);
      if (!about.ok || !keys.ok) {
        const status = [about.status, keys.status];
        log.error({ status }, 'the API server does not show its token keys');
        return;
      }
      const set = createLocalJWKSet(keys.body);
      this.#keys = { issuer: about.body.issuer, set, readAt: clock.elapsed() };
    } catch (fault) {
      if (!(fault instanceof KubeUnreachable)) throw fault;
      log.warn({ err: fault }, 'the token keys cannot be read');
    }
  }
}

const SERVICE_ACCOUNT = /^system:serviceaccount:[^:]+:[^:]+$/;

function subjectOf(payload: JWTPayload): Verified {
  const { sub = '' } = payload;
  if (SERVICE_ACCOUNT.test(sub)) return { kind: 'known', subject: sub };
  return { kind: 'invalid', why: 'not a ServiceAccount token' };
}
