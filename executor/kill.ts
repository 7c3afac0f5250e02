import type { Clock, EpochMs } from '../crds/clock.ts';
import type { KillProgress } from '../crds/control.ts';
import type { Cancel } from './cancel.ts';
import type { Journey } from './journey.ts';
import type { Log } from './log.ts';
import type { OrderBook } from './order/book.ts';
import type { OrderId } from './order/order.ts';
import type { Follow } from './reconcile/follow.ts';
import { by } from './until.ts';
import { VenueFailure } from './venues/venue.ts';

export interface KillParts {
  readonly clock: Clock;
  readonly book: OrderBook;
  readonly journey: Journey;
  readonly cancel: Cancel;
  readonly follow: Follow;
  readonly cancelOnKill: () => boolean;
  /** False while there is no way to ask the venue, such as without credentials. */
  readonly canAsk: () => boolean;
  readonly log: Log;
}

/** Who asked for a cancel, in the journal. */
export const KILL = 'kill';

const FIRST_WAIT_MS = 100;
const WAIT_MAX_MS = 2_000;

/** From gated to flat: own orders cancelled, nothing in flight or unknown, and the venue agrees. */
export class Kill {
  readonly #parts: KillParts;
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #flatAt: EpochMs | null = null;
  /** Whose cancel the kill in force has asked for. */
  readonly #asked = new Set<OrderId>();
  #strays = 0;
  #lastError: string | null = null;

  constructor(parts: KillParts) {
    this.#parts = parts;
  }

  get flatAt(): EpochMs | null {
    return this.#flatAt;
  }

  /** How far it has come; null while nothing is killed. */
  progress(): KillProgress | null {
    if (this.#running === undefined && this.#flatAt === null) return null;
    const { book } = this.#parts;
    const { open, unknown, inFlight, queued } = book.counts();
    const cancelled = [...this.#asked].filter((id) => book.get(id)?.state === 'canceled').length;
    return {
      requested: this.#asked.size,
      cancelled,
      remaining: open + unknown + inFlight + queued + this.#strays,
      lastError: this.#lastError,
    };
  }

  /** Idempotent. Also called when something turned up after all. */
  begin(): void {
    this.#flatAt = null;
    this.#cancelOpen();
    if (this.#running !== undefined) return;
    const stop = new AbortController();
    const ended = this.#run(stop.signal).finally(() => {
      if (this.#running?.stop === stop) this.#running = undefined;
    });
    this.#running = { stop, ended };
  }

  end(): void {
    this.#flatAt = null;
    this.#asked.clear();
    this.#strays = 0;
    this.#lastError = null;
    this.#running?.stop.abort(new Error('the kill has ended'));
    this.#running = undefined;
  }

  /**
   * Resolves when flat or lifted, after `withinMs` at the latest; at once when there is nothing to
   * wait for, or no way to get there.
   */
  async settled(withinMs: number): Promise<void> {
    const { clock, cancelOnKill, canAsk, book, log } = this.#parts;
    if (this.#running === undefined || !cancelOnKill() || !canAsk()) return;
    await by(clock, clock.elapsed() + withinMs, this.#running.ended);
    if (this.#running === undefined) return;
    log.error({ ...book.counts() }, 'stopping before flat; look for open orders at the venue');
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, journey, log } = this.#parts;
    for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, WAIT_MAX_MS)) {
      this.#cancelOpen();
      // What is on the wire may rest in a moment; it is cancelled in the next round.
      const isStill = journey.underway === 0;
      if (isStill && (await this.#isFlat()) && journey.underway === 0) {
        if (signal.aborted) return;
        this.#flatAt = clock.wall();
        log.info({ flatAt: new Date(this.#flatAt).toISOString() }, 'flat');
        return;
      }
      await clock.after(waitMs, signal).catch(() => undefined);
    }
  }

  #cancelOpen(): void {
    const { cancel, cancelOnKill } = this.#parts;
    if (!cancelOnKill()) return;
    for (const { id, answer } of cancel.cancelOpen(KILL)) {
      this.#asked.add(id);
      void answer.then((said) => {
        if (said.kind === 'failed') this.#lastError = said.message;
      });
    }
  }

  /** The venue's own list is read after the last answer came in; the journal alone is no proof. */
  async #isFlat(): Promise<boolean> {
    const { book, follow, canAsk, log } = this.#parts;
    const hadReal = book.list().some(({ terms }) => terms.mode !== 'paper');
    if (hadReal && !canAsk()) {
      this.#lastError = 'there is no key to ask the venue with';
      return false;
    }
    try {
      this.#strays = hadReal ? await this.#strayCount(follow) : 0;
    } catch (fault) {
      if (!(fault instanceof VenueFailure)) throw fault;
      this.#lastError = fault.message;
      log.warn({ err: fault }, 'killed and gated, but the venue does not say whether we are flat');
      return false;
    }
    const { open, unknown, inFlight, queued } = book.counts();
    return open + unknown + inFlight + queued + this.#strays === 0;
  }

  /**
   * What is ours at the venue, and not as the journal has it, is cancelled by the venue's id. What may
   * be ours counts as well: the journal that could tell is asked again.
   */
  async #strayCount(follow: Follow): Promise<number> {
    const { cancel, cancelOnKill } = this.#parts;
    const { strays, unidentified } = await follow.pass();
    if (cancelOnKill()) await Promise.all(strays.map((order) => cancel.cancelForeign(order)));
    return strays.length + unidentified;
  }
}
