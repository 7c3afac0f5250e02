import type { Clock } from '../../crds/clock.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { type Look, look, nothingSeen, type Sight, version } from '../../executor/gate/sight.ts';
import { promise } from './promise.ts';

/** The executor's own sight of its object, by its watch and its GETs; runs what ships. */
export class Eye {
  readonly #clock: Clock;
  #sight: Sight = nothingSeen;
  /** The newest version in which it saw itself killed, of the object it saw last. */
  #killedIn: { readonly uid: string; readonly version: bigint } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOpen(): boolean | undefined {
    return this.#sight.effective?.open;
  }

  watched(raw: TradingExecutor): void {
    this.#look({ kind: 'object', raw, from: 'watch' });
  }

  gone(): void {
    this.#look({ kind: 'gone' });
  }

  /** `isOlder`: asked before what it saw last. */
  got(raw: TradingExecutor, isOlder: boolean): void {
    const askedAt = isOlder ? this.#sight.appliedAt - 1 : this.#clock.elapsed();
    this.#look({ kind: 'object', raw, from: 'get', askedAt });
  }

  #look(what: Look): void {
    const before = this.#sight;
    this.#sight = look(before, what, { wall: this.#clock.wall(), elapsed: this.#clock.elapsed() });
    const { object, effective, gone } = this.#sight;
    if (object === null || this.#sight === before) return;
    const { uid } = object.metadata;
    const isRead =
      what.kind === 'object' && what.from === 'get' && what.askedAt >= before.appliedAt;
    const isBack = before.gone && !gone && before.object?.metadata.uid === uid;
    promise(!isBack || isRead, `${uid} was deleted, and came back by an event`);
    this.#neverOpenedByAnOlderState(object, { isOpen: effective?.open === true, isRead });
    if (effective?.killed === true) this.#killedIn = { uid, version: version(object) };
  }

  #neverOpenedByAnOlderState(
    object: TradingExecutor,
    { isOpen, isRead }: { readonly isOpen: boolean; readonly isRead: boolean },
  ): void {
    if (this.#killedIn?.uid !== object.metadata.uid) this.#killedIn = undefined;
    if (!isOpen || isRead || this.#killedIn === undefined) return;
    const [seen, killed] = [version(object), this.#killedIn.version];
    promise(
      seen > killed,
      `the gate was opened by version ${seen}, older than the kill in ${killed}`,
    );
  }
}
