import type { PlaceRequest } from './request.ts';

/** What makes two orders the same. */
export type Likeness = Omit<PlaceRequest, 'dryRun'>;

/** No rule looks back further. */
export const LOOK_BACK_MS = 3_600_000;
/** Everything too old is thrown away after so many orders. */
const SWEEP_EVERY = 1_000;

/** One order that left, or is about to. */
interface Entry {
  /** Monotonic ms; undefined while it has not left. */
  at: number | undefined;
}

/** How often the same order leaves. One that waits counts, so no interleaving overshoots. */
export class Repeats {
  readonly #entries = new Map<string, Entry[]>();
  #untilSweep = SWEEP_EVERY;

  /** Counts from now on; ends by leaving or by being given back. */
  reserve(order: Likeness): { charge(now: number): void; release(): void } {
    const entry: Entry = { at: undefined };
    const name = nameOf(order);
    const entries = this.#entries.get(name);
    if (entries === undefined) this.#entries.set(name, [entry]);
    else entries.push(entry);
    return {
      charge: (now) => {
        entry.at = now;
        this.#tidy(now);
      },
      release: () => {
        if (entry.at === undefined) this.#keep(name, (one) => one !== entry);
      },
    };
  }

  /** In the `withinMs` that end at `now`, those that wait included. */
  count(order: Likeness, withinMs: number, now: number): number {
    const entries = this.#entries.get(nameOf(order)) ?? [];
    return entries.filter(({ at }) => at === undefined || at > now - withinMs).length;
  }

  /** Milliseconds until fewer than `max` are left; the whole span when those that wait decide it. */
  waitMs(
    order: Likeness,
    { max, withinMs }: { readonly max: number; readonly withinMs: number },
    now: number,
  ): number {
    const entries = this.#entries.get(nameOf(order)) ?? [];
    const ends = entries.map(({ at }) => (at ?? now) + withinMs).filter((end) => end > now);
    const decisive = ends.sort((a, b) => b - a)[max - 1];
    return decisive === undefined ? 0 : Math.max(1, decisive - now);
  }

  #tidy(now: number): void {
    this.#untilSweep -= 1;
    if (this.#untilSweep > 0) return;
    this.#untilSweep = SWEEP_EVERY;
    for (const name of [...this.#entries.keys()]) {
      this.#keep(name, ({ at }) => at === undefined || at > now - LOOK_BACK_MS);
    }
  }

  #keep(name: string, isKept: (entry: Entry) => boolean): void {
    const kept = (this.#entries.get(name) ?? []).filter(isKept);
    if (kept.length > 0) this.#entries.set(name, kept);
    else this.#entries.delete(name);
  }
}

function nameOf({ symbol, side, type, quantity, quoteQuantity, price }: Likeness): string {
  return [symbol, side, type, quantity ?? '', quoteQuantity ?? '', price ?? ''].join(' ');
}
