import type { Dispatcher } from 'undici';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { Fence } from '../../operator/fence.ts';
import { LeaderElection } from '../../operator/lease.ts';
import { FakeLeases } from '../executor/fake-leases.ts';
import { type ManualClock, settle } from '../support/manual-clock.ts';
import { seeded } from '../venue/random.ts';

/** Longer than a holder may hold on without a renewal: an answer may come when it counts no more. */
const DELAY_MS_MAX = 12_000;

/** One process of the operator: its election, the fence of its writers, its way to the API server. */
export interface Candidate {
  readonly election: LeaderElection;
  readonly fence: Fence;
  /** Cut off: what it sends arrives nowhere, or is refused at once. */
  cut: 'silent' | 'refused' | undefined;
  /** Why it leads no more, and since when; a process ends then. */
  over: { readonly why: string; readonly at: number } | undefined;
}

/** Candidates for one lease at one API server, over a network that delays and loses. */
export class LeaseWorld {
  readonly candidates: Candidate[] = [];
  readonly leases = new FakeLeases();
  readonly random: () => number;
  /** Whether calls take long now and then, or lose their answer. */
  isRough = true;
  /** How long every answer takes at least. */
  slowMs = 0;
  /** When the lease was last written. */
  writtenAt = 0;
  readonly #clock: ManualClock;
  #made = 0;

  constructor(clock: ManualClock, seed: number) {
    this.#clock = clock;
    this.leases.mayCreate = true;
    this.random = seeded(seed);
  }

  /** Starts a process; its calls take no time while the network is not rough. */
  start(): Candidate {
    const connection = this.#connection(() => candidate.cut);
    const election = new LeaderElection({
      ...{ connection, clock: this.#clock, random: this.random, log: () => undefined },
      ...{ namespace: 'system', name: 'operator', identity: `process-${++this.#made}` },
    });
    const fence = new Fence(() => election.isLeader);
    const candidate: Candidate = { election, fence, cut: undefined, over: undefined };
    election
      .acquired()
      .then(() => election.lost())
      .then((why) => {
        candidate.over = { why, at: this.#clock.elapsed() };
        fence.drop(why);
      })
      .catch((cause: unknown) => {
        candidate.over = { why: String(cause), at: this.#clock.elapsed() };
      });
    this.candidates.push(candidate);
    return candidate;
  }

  async stop(): Promise<void> {
    this.isRough = false;
    for (const candidate of this.candidates) candidate.cut = undefined;
    await Promise.all(this.candidates.map(({ election }) => election.stop()));
    await settle();
  }

  #connection(cut: () => Candidate['cut']): KubeConnection {
    const served = async ({ method, path, body }: Dispatcher.RequestOptions) => {
      await this.#travel(cut(), 0);
      if (method !== 'GET') this.writtenAt = this.#clock.elapsed();
      const [statusCode, answer] = this.leases.apply(method, path, String(body ?? ''));
      await this.#travel(cut(), this.slowMs);
      return { statusCode, headers: {}, body: [Buffer.from(JSON.stringify(answer))] };
    };
    // What the sender gives up arrives all the same.
    const request = (options: Dispatcher.RequestOptions) =>
      Promise.race([served(options), givenUp((options as { signal: AbortSignal }).signal)]);
    return {
      origin: 'http://server',
      dispatcher: { request } as unknown as Dispatcher,
      authorization: () => undefined,
      close: async () => undefined,
    };
  }

  async #travel(cut: Candidate['cut'], leastMs: number): Promise<void> {
    const dice = this.isRough ? this.random() : 0;
    if (cut === 'refused') throw new Error('connection refused');
    if (cut === 'silent' || dice > 0.95) await new Promise<never>(() => undefined);
    const ms = Math.max(leastMs, dice > 0.7 ? this.random() * DELAY_MS_MAX : 0);
    if (ms > 0) await this.#clock.after(ms);
  }
}

function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
