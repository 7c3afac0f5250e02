import type { Clock } from '../../../crds/clock.ts';
import { type ExecutorKey, textOf } from '../../../crds/names.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import type { TradingIncident } from '../../../crds/trading-incident.ts';
import type { Onlooker } from '../../reconcile/news.ts';
import type { World } from '../../reconcile/world.ts';
import { instant } from '../../rollback/instant.ts';
import { Kills } from '../kills.ts';
import type { Numbers } from '../numbers.ts';
import { row } from '../row.ts';
import type { ExecutorRow } from '../wire/overview.ts';

/** One row, and its JSON, made once for all who read it. */
export interface Shown {
  readonly object: TradingExecutor;
  readonly row: ExecutorRow;
  readonly json: string;
}

export interface BoardOptions {
  readonly world: Pick<World, 'executor' | 'executors' | 'stats'>;
  readonly numbers: Numbers;
  readonly clock: Clock;
}

/** `row`: what the overview shows of this executor; `rest`: only what its page shows besides. */
export type Listener = (what: 'row' | 'rest', key: ExecutorKey) => void;

interface Known {
  readonly at: string;
  readonly elapsed: number;
}
const knownNow = (clock: Clock): Known => ({
  at: instant(clock.wall()),
  elapsed: clock.elapsed(),
});

/** Every executor as this process knows it now. Tells its listeners what has become different. */
export class Board implements Onlooker {
  readonly kills = new Kills();
  readonly #options: BoardOptions;
  readonly #shown = new Map<string, Shown>();
  readonly #uids = new Map<string, string>();
  readonly #listeners = new Set<Listener>();
  #fresh: Known;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#fresh = knownNow(options.clock);
    options.numbers.onChange((key) => this.#again(key));
    for (const object of options.world.executors()) this.executor(object.metadata, object);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  all(): IterableIterator<[string, Shown]> {
    return this.#shown.entries();
  }

  of(key: ExecutorKey): Shown | undefined {
    const uid = this.#uids.get(textOf(key));
    return uid === undefined ? undefined : this.#shown.get(uid);
  }

  /** Of when the rows are: now while the watches run, else when they last did. RFC 3339. */
  at(): string {
    return this.#knownAt().at;
  }

  /** How long ago that was, by our own clock: 0 while the watches run. */
  blindMs(): number {
    const { elapsed } = this.#knownAt();
    return Math.round(this.#options.clock.elapsed() - elapsed);
  }

  #knownAt(): Known {
    const { world, clock } = this.#options;
    const watches = world.stats().get('tradingexecutors') ?? [];
    if (watches.every(({ watching }) => watching)) this.#fresh = knownNow(clock);
    return this.#fresh;
  }

  executor(key: ExecutorKey, object: TradingExecutor | undefined): void {
    const known = this.#uids.get(textOf(key));
    if (known !== undefined && known !== object?.metadata.uid) this.#gone(key, known);
    if (object === undefined) return;
    this.kills.saw(object, this.#options.clock.wall());
    this.#uids.set(textOf(key), object.metadata.uid);
    this.#show(object);
  }

  incident({ metadata, spec }: TradingIncident): void {
    const key = { namespace: metadata.namespace, name: spec.executor.name };
    this.#tell('rest', key);
  }

  #again(key: ExecutorKey): void {
    const known = this.of(key);
    if (known !== undefined) this.#show(known.object);
  }

  #show(object: TradingExecutor): void {
    const { uid } = object.metadata;
    const numbers = this.#options.numbers.of(object.metadata);
    const made = row({ object, numbers, killedAt: this.kills.killedAt(uid) });
    const json = JSON.stringify(made);
    const isOther = json !== this.#shown.get(uid)?.json;
    this.#shown.set(uid, { object, row: made, json });
    this.#tell(isOther ? 'row' : 'rest', object.metadata);
  }

  #gone(key: ExecutorKey, uid: string): void {
    this.#uids.delete(textOf(key));
    this.#shown.delete(uid);
    this.kills.gone(uid);
    this.#tell('row', key);
  }

  #tell(...news: Parameters<Listener>): void {
    for (const listener of this.#listeners) listener(...news);
  }
}
