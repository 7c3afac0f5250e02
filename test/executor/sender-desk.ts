import { expect } from 'vitest';
import type { LeaseTimes } from '../../executor/gate/lease.ts';
import { type Btcturk, startBtcturk } from '../venue/btcturk/simulator.ts';
import { anExecutor, TRADER } from './an-executor.ts';
import { FakeCluster } from './fake-cluster.ts';
import { SenderProcess } from './sender.ts';

export const SECRET = 'key';
/** The true ones, a dozen times faster; test/api-server has them as they are. */
export const TIMES: LeaseTimes = { leaseMs: 3_000, windowMs: 800, renewMs: 400, retryMs: 100 };

/** One venue, one API server, one credential; and executors that all want it. */
export class SenderDesk {
  readonly cluster: FakeCluster;
  readonly venue: Btcturk;
  readonly #caller: string;
  readonly #running: SenderProcess[] = [];

  private constructor(cluster: FakeCluster, venue: Btcturk, caller: string) {
    this.cluster = cluster;
    this.venue = venue;
    this.#caller = caller;
  }

  static async open(): Promise<SenderDesk> {
    const cluster = await FakeCluster.start();
    const venue = await startBtcturk({ settings: { windowMs: TIMES.windowMs, limiter: false } });
    // Patient: neither an order's age nor a missed answer may do the Lease's work.
    cluster.put(anExecutor('live', { venue: { baseUrl: venue.url, timeoutMs: 30_000 } }));
    cluster.leases.handedOver(SECRET);
    return new SenderDesk(cluster, venue, await cluster.token(TRADER));
  }

  async start(name: string, times = TIMES): Promise<SenderProcess> {
    const api = { origin: this.cluster.origin, token: 'pod' };
    const terms = { name, secret: SECRET, times, caller: this.#caller, api };
    const sender = await SenderProcess.start(terms);
    this.#running.push(sender);
    return sender;
  }

  /** Until a real order of it is acknowledged; returns that order's id. */
  async trades(sender: SenderProcess): Promise<string> {
    await sender.until('its gate is open', ({ gate }) => gate === 'open');
    let id: string | undefined;
    const placed = async () => {
      id = (await sender.place()).body.order?.id;
      return id;
    };
    await expect.poll(placed, { timeout: 15_000 }).toBeDefined();
    return id ?? '';
  }

  /** Whose orders the venue has accepted, oldest first. */
  senders(): readonly (string | undefined)[] {
    return this.venue.ledger().orders.map(({ clientId }) => clientId.split('-')[0]);
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((sender) => sender.stop()));
    await Promise.all([this.cluster.stop(), this.venue.stop()]);
  }
}

export const isInUse = ({ shutReasons }: { readonly shutReasons: readonly string[] }) =>
  shutReasons.includes('CredentialInUse');
