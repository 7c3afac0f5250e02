import { Bulkhead as Shipped, type Turn } from '../../../executor/lanes/bulkhead.ts';

export type { Turn };

/** Row 11 off: no queue, no turns; every order goes at once, however many are on their way. */
export class Bulkhead extends Shipped {
  readonly #slots = new Set<number>();

  override get busy(): number {
    return this.#slots.size;
  }

  override get isFull(): boolean {
    return false;
  }

  override async enter(): Promise<Turn> {
    let slot = 0;
    while (this.#slots.has(slot)) slot += 1;
    this.#slots.add(slot);
    return { kind: 'slot', slot };
  }

  override leave(slot: number): void {
    this.#slots.delete(slot);
  }
}
