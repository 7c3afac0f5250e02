import { effectiveOf } from '../../crds/effective.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { openIncidents, ownRollback } from '../../operator/rollback/latch.ts';
import { record } from '../../operator/rollback/record.ts';
import { type Rollback, startRollback } from '../../operator/rollback/rollback.ts';
import { anAlert, anExecutor } from '../operator/rollback/builders.ts';
import { aDesk } from '../operator/rollback/desk.ts';
import { FakeCluster } from '../operator/rollback/fake-cluster.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Events, type Told } from './events.ts';
import { Eye } from './eye.ts';
import { type Meddling, People } from './people.ts';
import { PromiseBroken, promise } from './promise.ts';

const KEY = { namespace: 'desk', name: 'btc' };
type Name = 'a' | 'b';
type Breaking = 'refused' | 'unanswered' | 'overtaken';

/**
 * One executor, an API server, two operators, and all that may go wrong between them. Operators and
 * executor run what ships; only the API server and the time are played.
 */
export class FaultyWorld {
  readonly clock = new ManualClock();
  readonly events: Events;
  readonly #eye = new Eye(this.clock);
  readonly #cluster = new FakeCluster();
  readonly #desk = aDesk(this.#cluster, this.clock);
  readonly #replicas = new Map<Name, Rollback>();
  readonly #leads: Record<Name, boolean> = { a: true, b: false };
  readonly #history: TradingExecutor[] = [];
  #breaking: { how: Breaking; times: number } | undefined;
  #isMeddling = false;
  #before: TradingExecutor | undefined;
  readonly #people = new People({
    cluster: this.#cluster,
    history: this.#history,
    onDelete: (object) => {
      this.#before = undefined;
      this.events.tell({ kind: 'gone', object });
    },
    onIncidentGone: (incident) => {
      for (const replica of this.#replicas.values()) replica.onIncidentGone(incident);
    },
  });

  private constructor() {
    this.events = new Events((told) => this.#deliver(told));
    this.#cluster.onChange = (object) => this.#changed(object);
    this.#cluster.onIncident = (incident) => {
      for (const replica of this.#replicas.values()) replica.onIncident(incident);
    };
    this.#cluster.beforeWrite = () => this.#strike('refused');
    this.#cluster.afterWrite = () => this.#strike('unanswered');
  }

  static async open(): Promise<FaultyWorld> {
    const world = new FaultyWorld();
    for (const name of ['a', 'b'] as const) world.#start(name);
    world.#meddled(() => world.#cluster.put(anExecutor()));
    await world.clock.advance(1_000);
    return world;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#replicas.values()].map((replica) => replica.stop()));
  }

  async alert(fingerprint: string, status: 'firing' | 'resolved'): Promise<void> {
    const startsAt = this.clock.wall();
    const alert = anAlert({ fingerprint, status, startsAt });
    const recovery = async () => ({ recovered: false, why: 'too few orders to tell' });
    // A delivery that fails is answered 503, and Alertmanager sends it again: here the next alert does.
    const told = record({ ...this.#desk, recovery }, KEY, [alert]).catch(ordinary);
    await this.clock.advance(1_000);
    await told;
  }

  breakWrites(how: Breaking, times: number): void {
    this.#breaking = { how, times };
  }

  lead(a: boolean, b: boolean): void {
    Object.assign(this.#leads, { a, b });
    for (const [name, replica] of this.#replicas) if (this.#leads[name]) replica.lead();
  }

  async crash(name: Name): Promise<void> {
    const ending = this.#replicas.get(name)?.stop();
    this.#replicas.delete(name);
    await this.clock.advance(1);
    await ending;
    this.#start(name);
  }

  /** The executor's own consistent read; an older one was asked before what it saw last. */
  get(isOlder: boolean): void {
    const raw = isOlder ? this.#history.at(-2) : this.#current();
    if (raw !== undefined) this.#eye.got(raw, isOlder);
    else if (!isOlder) this.#eye.gone();
  }

  meddle(how: Meddling): void {
    this.#meddled(() => this.#people.meddle(how));
  }

  /** No faults any more, everything is heard, one operator leads, and time passes. */
  async calm(ms: number): Promise<void> {
    this.#breaking = undefined;
    this.events.release();
    if (this.#current() === undefined) this.meddle('declare');
    this.lead(true, false);
    await this.clock.advance(ms);
    this.get(false);
  }

  check(): void {
    for (const { metadata, status } of this.#cluster.records.values()) {
      const isAcknowledged = status?.acknowledged !== undefined;
      promise(
        !isAcknowledged || this.#people.acknowledged.has(metadata.name),
        `incident ${metadata.name} counts as acknowledged, and nobody has`,
      );
    }
  }

  checkCalm(): void {
    this.check();
    const object = this.#current();
    promise(object !== undefined, 'the executor is there');
    if (object === undefined) return;
    const rollback = ownRollback(object);
    promise(rollback !== undefined, 'the executor has a status.rollback of its own');
    const open = openIncidents([...this.#cluster.records.values()], KEY.name);
    promise(open.length === 0 || rollback?.latched === true, 'an open incident holds the latch');
    promise(rollback?.latched !== true || open.length > 0, 'a latch has an open incident');
    promise(
      this.#eye.isOpen === effectiveOf(object).open,
      'the executor does what its object says once it has read it',
    );
  }

  #current(): TradingExecutor | undefined {
    return this.#cluster.executors.get('desk/btc');
  }

  #start(name: Name): void {
    const replica = startRollback({ ...this.#desk, isLeader: () => this.#leads[name] });
    this.#replicas.set(name, replica);
    for (const incident of this.#cluster.records.values()) replica.onIncident(incident);
    const object = this.#current();
    if (object !== undefined) replica.onExecutor(object);
  }

  #meddled(act: () => void): void {
    this.#isMeddling = true;
    try {
      act();
    } finally {
      this.#isMeddling = false;
    }
  }

  /** Each accepted write, in the moment it is made. */
  #changed(object: TradingExecutor): void {
    const before = this.#before;
    this.#before = object;
    this.#history.push(object);
    this.events.tell({ kind: 'set', object });
    if (this.#isMeddling || before?.metadata.uid !== object.metadata.uid) return;
    const [was, is] = [ownRollback(before), ownRollback(object)];
    if (was?.latched !== true || is?.latched === true) return;
    promise(
      was.incident !== undefined && this.#people.acknowledged.has(was.incident),
      `the latch of ${was.incident ?? 'no incident'} was released, and nobody has acknowledged it`,
    );
  }

  #deliver(told: Told): void {
    const { object } = told;
    for (const replica of this.#replicas.values()) {
      if (told.kind === 'gone') replica.onExecutorGone(KEY);
      else replica.onExecutor(object);
    }
    if (told.kind === 'gone') this.#eye.gone();
    else this.#eye.watched(object);
  }

  #strike(when: 'refused' | 'unanswered'): void {
    const { how, times = 0 } = this.#breaking ?? {};
    if (times === 0 || this.#isMeddling || this.#breaking === undefined) return;
    if (how === 'overtaken' && when === 'refused') {
      this.#breaking.times -= 1;
      this.meddle('acknowledge-wrong'); // somebody else's write comes first
      return;
    }
    if (how !== when) return;
    this.#breaking.times -= 1;
    throw new Unlucky(`the write was ${how}`);
  }
}

class Unlucky extends Error {
  override readonly name = 'Unlucky';
}

function ordinary(fault: unknown): void {
  if (fault instanceof PromiseBroken) throw fault;
}
