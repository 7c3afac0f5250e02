import CircuitBreaker from 'opossum';
import type { Clock } from '../../crds/clock.ts';

export const breakerStates = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof breakerStates)[number];

export interface BreakerParts<Reply> {
  readonly name: string;
  readonly clock: Clock;
  /** Replies that speak against the other side; its refusal of one request does not. */
  readonly isFault: (reply: Reply) => boolean;
  /** Once open, one call finds out after this long whether it works again; asked before each opening. */
  readonly retryMs: () => number;
  /** That call; without it the next one that comes. */
  readonly probe?: () => Promise<Reply>;
  readonly onChange: (state: BreakerState) => void;
}

const WINDOW_MS = 10_000;
const FAULTS_MAX_PERCENT = 50;
/** Fewer calls in a window say nothing. */
const CALLS_MIN = 5;

/** Carries a reply through opossum, which counts only what is thrown. */
class Fault extends Error {
  readonly reply: unknown;

  constructor(reply: unknown) {
    super('a fault of the other side');
    this.reply = reply;
  }
}

/**
 * A circuit breaker over calls whose failures are values. It has no timeout of its own: giving up
 * on a call that is on the wire would be forgetting an order.
 */
export class Breaker<Reply> {
  readonly #parts: BreakerParts<Reply>;
  readonly #circuit: CircuitBreaker<[() => Promise<Reply>], Reply>;
  readonly #options: CircuitBreaker.Options;
  #openedAt = 0;
  #waitedMs = 0;

  constructor(parts: BreakerParts<Reply>) {
    this.#parts = parts;
    const { name, clock, isFault, retryMs, probe, onChange } = parts;
    const action = async (call: () => Promise<Reply>): Promise<Reply> => {
      const reply = await call();
      if (!isFault(reply)) return reply;
      this.#options.resetTimeout = retryMs(); // should this one open it
      throw new Fault(reply);
    };
    this.#options = {
      ...{ name, timeout: false, coalesce: false },
      ...{ rollingCountTimeout: WINDOW_MS, errorThresholdPercentage: FAULTS_MAX_PERCENT },
      ...{ volumeThreshold: CALLS_MIN, rollingPercentilesEnabled: false, enableSnapshots: false },
    };
    this.#circuit = new CircuitBreaker(action, this.#options);
    this.#circuit.on('open', () => {
      this.#openedAt = clock.elapsed();
      // What opossum waits now: a fault that comes in while open only sets what it would wait next.
      this.#waitedMs = this.#options.resetTimeout ?? 0;
      onChange('open');
    });
    this.#circuit.on('halfOpen', () => {
      onChange('half-open');
      if (probe !== undefined) void this.run(probe);
    });
    this.#circuit.on('close', () => onChange('closed'));
  }

  get state(): BreakerState {
    if (this.#circuit.closed) return 'closed';
    return this.#circuit.halfOpen ? 'half-open' : 'open';
  }

  /** Until it may close again; 0 while closed. */
  get waitMs(): number {
    if (this.state === 'closed') return 0;
    return Math.max(0, this.#waitedMs - (this.#parts.clock.elapsed() - this.#openedAt));
  }

  /** Begins the call in this very turn, or answers `open` and does not begin it. */
  async run(call: () => Promise<Reply>): Promise<Reply | 'open'> {
    try {
      return await this.#circuit.fire(call);
    } catch (fault) {
      if (fault instanceof Fault) return fault.reply as Reply;
      if (fault instanceof Error && CircuitBreaker.isOurError(fault)) return 'open';
      throw fault;
    }
  }

  /** For a lane where nothing may be refused: counts while closed, and closes at the first success. */
  async pass(call: () => Promise<Reply>): Promise<Reply> {
    const counted = this.state === 'closed' ? await this.run(call) : 'open';
    if (counted !== 'open') return counted;
    const reply = await call();
    if (!this.#parts.isFault(reply)) this.close();
    return reply;
  }

  open(): void {
    this.#options.resetTimeout = this.#parts.retryMs();
    this.#circuit.open();
  }

  close(): void {
    this.#circuit.close();
  }

  shutdown(): void {
    this.#circuit.shutdown();
  }
}
