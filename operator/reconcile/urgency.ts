import { type ExecutorKey, textOf } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { ownRollback } from '../rollback/latch.ts';

/**
 * Whose turn cannot wait. With thousands of executors a queue in order makes a kill wait for all that
 * are only looked at again: 20 s behind 10,000 of them (`npm run bench:scale`).
 */
export class Urgency {
  /** By `namespace/name`: what a person or the rollback decides, as it was seen last. */
  readonly #seen = new Map<string, string>();

  /** True for one whose spec or latch is another than before, and for one first seen that is killed. */
  of(key: ExecutorKey, object: TradingExecutor | undefined): boolean {
    const id = textOf(key);
    if (object === undefined) return this.#seen.delete(id);
    const { uid, generation } = object.metadata;
    const isLatched = ownRollback(object)?.latched === true;
    const now = `${uid} ${generation} ${isLatched}`;
    const before = this.#seen.get(id);
    this.#seen.set(id, now);
    return before === undefined ? isLatched || object.spec.killSwitch : before !== now;
  }
}
