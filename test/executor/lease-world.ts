import type { Clock, EpochMs } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { CredentialLease } from '../../executor/gate/credential-lease.ts';
import { LEASE_TIMES } from '../../executor/gate/lease.ts';
import { executorLog } from '../../executor/log.ts';
import { seeded } from '../venue/random.ts';
import { FakeLeases } from './fake-leases.ts';

export const SECRET = 'key';
const { windowMs } = LEASE_TIMES;
const CALL_MS = 5_000;
const VENUE_TIMEOUT_MS = 5_000;
const HORIZON_MS = 400_000;

/** One signed order: what the venue will say depends on when its bytes arrive. */
export interface Signature {
  readonly by: Sender;
  /** What the venue compares with its time, which is the world's. */
  readonly stamp: number;
  readonly arrivesAt: number;
  readonly answeredAt: number;
}

/** Time that belongs to the world: processes with clocks of their own, one API server, one venue. */
export class World {
  readonly leases = new FakeLeases();
  readonly senders: Sender[] = [];
  readonly signatures: Signature[] = [];
  /** What the world found wrong; empty when it kept the promise. */
  readonly faults: string[] = [];
  readonly random: () => number;
  now = 0;
  apiDownUntil = 0;
  #events: { readonly at: number; readonly run: () => void }[] = [];

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  at(at: number, run: () => void): void {
    this.#events.push({ at: Math.max(at, this.now), run });
  }

  /** Mostly short, now and then long. */
  delayMs(): number {
    const dice = this.random();
    return this.random() * (dice < 0.8 ? 20 : dice < 0.95 ? 2_000 : 30_000);
  }

  async run(): Promise<void> {
    for (;;) {
      const next = this.#events.reduce((a, b) => (b.at < a.at ? b : a), END);
      if (next.at > HORIZON_MS) break;
      this.#events.splice(this.#events.indexOf(next), 1);
      this.now = next.at;
      next.run();
      await new Promise((turn) => setImmediate(turn)); // everything that follows from it is done
    }
    for (const sender of this.senders) sender.end();
    await new Promise((turn) => setImmediate(turn));
  }

  /** No two may sign, and nothing that another has signed may still be taken. */
  judge(signer: Sender): void {
    for (const other of this.senders) {
      if (other !== signer && !other.isDead && other.lease.hold() === 'held') {
        this.faults.push(`${this.now}: ${signer.name} signs while ${other.name} may`);
      }
    }
    for (const { by, stamp, arrivesAt } of this.signatures) {
      const isUnderway = by !== signer && arrivesAt > this.now;
      if (isUnderway && stamp + windowMs >= this.now) {
        const left = stamp + windowMs - this.now;
        this.faults.push(
          `${this.now}: ${signer.name} signs, ${by.name}'s is taken ${left} ms more`,
        );
      }
    }
  }
}

const END = { at: Number.POSITIVE_INFINITY, run: () => undefined };

/** One executor process, as far as signing goes: the real CredentialLease on clocks of its own. */
export class Sender {
  readonly name: string;
  readonly lease: CredentialLease;
  isDead = false;
  readonly #world: World;
  readonly #drift: number;
  #origin: number;
  readonly #rate: number;
  #cutUntil = 0;
  #pausedUntil = 0;
  #isDeclared = true;
  #isDraining = false;
  readonly #signed: Signature[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    const { random } = world;
    // Within what spec.clock.maxDriftMs can allow; a crystal is a hundred times better than this.
    this.#drift = Math.max(-4_900, Math.min(4_900, (random() - 0.5) * 20_000));
    this.#origin = random() * 1e9;
    this.#rate = 1 + (random() - 0.5) / 1_000;
    const log = executorLog({}, { write: () => undefined });
    this.lease = new CredentialLease(
      {
        ...{ lease: { secret: SECRET }, key: { namespace: 'desk', name }, pod: name, random, log },
        ...{ connection: this.#connection(), clock: this.#clock(), newId: () => 'process' },
      },
      () => this.#isDeclared || this.#unanswered().length > 0,
    );
    world.senders.push(this);
    void this.lease.start();
    this.#sign();
  }

  /** What spec.mode says: real or paper. */
  declare(isReal: boolean): void {
    this.#isDeclared = isReal;
    this.lease.wake();
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#world.now + ms);
  }

  /** Its machine does not reach the API server. */
  cut(ms: number): void {
    this.#cutUntil = this.#world.now + ms;
  }

  /** With its machine: nothing moves, the monotonic clock included; time is right again at once. */
  freeze(ms: number): void {
    this.pause(ms);
    this.#origin -= ms * this.#rate;
  }

  /** Its bytes on the way are on the way. */
  crash(): void {
    this.isDead = true;
  }

  /** SIGTERM: as Executor.stop does it. */
  async drain(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    const clock = this.#clock();
    const endOf = ({ answeredAt }: Signature, signedAt: number) =>
      Math.min(answeredAt, signedAt + VENUE_TIMEOUT_MS);
    const ends = this.#unanswered().map((one) => endOf(one, one.stamp - this.#drift));
    await clock.after(Math.max(0, ...ends.map((end) => end - this.#world.now)));
    await this.lease.stop(this.#unanswered().length === 0, 25_000);
  }

  end(): void {
    this.isDead = true;
    void this.lease.stop(false, 0).catch(() => undefined);
  }

  #unanswered(): readonly Signature[] {
    return this.#signed.filter(({ answeredAt }) => answeredAt > this.#world.now);
  }

  /** Whenever the last gate is asked. */
  #sign(): void {
    const world = this.#world;
    if (this.isDead || this.#isDraining) return;
    if (this.#isDeclared && this.lease.hold() === 'held') {
      world.judge(this);
      // A process that is stopped with its bytes unwritten is a long way to the venue.
      const arrivesAt = world.now + world.delayMs() + (world.random() < 0.3 ? 9_000 : 0);
      const answeredAt = arrivesAt + world.delayMs();
      const signature = { by: this, stamp: world.now + this.#drift, arrivesAt, answeredAt };
      world.signatures.push(signature);
      this.#signed.push(signature);
    }
    this.#whenAwake(world.now + 200 + world.random() * 1_500, () => this.#sign());
  }

  /** In this process: never while it is stopped, never after its end. */
  #whenAwake(at: number, run: () => void): void {
    this.#world.at(at, () => {
      if (this.isDead) return;
      if (this.#world.now < this.#pausedUntil) this.#whenAwake(this.#pausedUntil, run);
      else run();
    });
  }

  #clock(): Clock {
    const world = this.#world;
    return {
      wall: () => (world.now + this.#drift) as EpochMs,
      elapsed: () => this.#origin + world.now * this.#rate,
      after: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
          this.#whenAwake(world.now + ms / this.#rate, resolve);
        }),
    };
  }

  /** Requests and answers take their time, or are lost; a late request still takes effect. */
  #connection(): KubeConnection {
    const world = this.#world;
    const request = ({ method, path, body, signal }: WireCall) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        this.#whenAwake(world.now + CALL_MS, () => reject(new Error('no answer')));
        const isLost = () =>
          world.now < Math.max(world.apiDownUntil, this.#cutUntil) || world.random() < 0.03;
        world.at(world.now + world.delayMs(), () => {
          if (isLost()) return;
          const [statusCode, said] = world.leases.apply(method, path, body ?? '');
          const text = Buffer.from(JSON.stringify(said));
          const answer = { statusCode, headers: {}, body: [text].values() };
          if (isLost()) return;
          this.#whenAwake(world.now + world.delayMs(), () => resolve(answer));
        });
      });
    return {
      origin: 'http://api',
      dispatcher: { request } as unknown as KubeConnection['dispatcher'],
      authorization: () => undefined,
      close: async () => undefined,
    };
  }
}

interface WireCall {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
  readonly signal: AbortSignal;
}
