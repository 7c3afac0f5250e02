import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { anExecutor, liveSpec } from '../operator/rollback/builders.ts';
import type { FakeCluster } from '../operator/rollback/fake-cluster.ts';

const ACKNOWLEDGE = 'spark.trading/acknowledge-rollback';

/** What people and other programs do to the cluster. */
export type Meddling =
  | ('sync' | 'kill' | 'acknowledge' | 'acknowledge-wrong')
  | ('replace-force' | 'restore-old' | 'delete' | 'declare')
  | ('status-without-rollback' | 'status-of-another' | 'delete-incident');

interface PeopleParts {
  readonly cluster: FakeCluster;
  /** Every state the executor ever had. */
  readonly history: readonly TradingExecutor[];
  readonly onDelete: (object: TradingExecutor) => void;
  readonly onIncidentGone: (incident: TradingIncident) => void;
}

/** Everybody with rights on the executor besides its operators. */
export class People {
  /** Incidents that a person has acknowledged: nothing else may release a latch. */
  readonly acknowledged = new Set<string>();
  readonly #parts: PeopleParts;
  #uids = 1;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  meddle(how: Meddling): void {
    const object = this.#parts.cluster.executors.get('desk/btc');
    if (object !== undefined) this.#meddlings[how](object);
    else if (how === 'declare') this.#declare({});
  }

  readonly #meddlings: Readonly<Record<Meddling, (object: TradingExecutor) => void>> = {
    declare: () => undefined, // it is there
    sync: (object) => this.#put({ ...object, spec: liveSpec() }),
    kill: (object) => this.#put({ ...object, spec: { ...object.spec, killSwitch: true } }),
    acknowledge: (object) => {
      const { latched, incident } = object.status?.rollback ?? {};
      if (latched !== true || incident === undefined) return;
      this.acknowledged.add(incident);
      this.#annotate(object, incident);
    },
    'acknowledge-wrong': (object) => this.#annotate(object, 'btc-20200101000000'),
    delete: (object) => this.#delete(object),
    'replace-force': (object) => {
      this.#delete(object);
      this.#declare({});
    },
    'restore-old': (object) => {
      this.#delete(object);
      this.#declare(this.#parts.history.at(-3)?.metadata.annotations ?? {});
    },
    'status-without-rollback': (object) => {
      const { rollback: _taken, ...rest } = object.status ?? {};
      this.#put({ ...object, status: rest });
    },
    'status-of-another': (object) => {
      const rollback = { uid: 'uid-foreign', pending: [], latched: false };
      this.#put({ ...object, status: { ...object.status, rollback } });
    },
    'delete-incident': () => {
      const [name, incident] = [...this.#parts.cluster.records].at(-1) ?? [];
      if (name === undefined || incident === undefined) return;
      this.#parts.cluster.records.delete(name);
      this.#parts.onIncidentGone(incident);
    },
  };

  #put(object: TradingExecutor): void {
    this.#parts.cluster.put(object);
  }

  #annotate(object: TradingExecutor, incident: string): void {
    const { metadata } = object;
    const annotations = { ...metadata.annotations, [ACKNOWLEDGE]: incident };
    this.#put({ ...object, metadata: { ...metadata, annotations } });
  }

  #declare(annotations: Readonly<Record<string, string>>): void {
    this.#uids += 1;
    const made = anExecutor({}, `uid-${this.#uids}`);
    this.#parts.cluster.put({ ...made, metadata: { ...made.metadata, annotations } });
  }

  #delete(object: TradingExecutor): void {
    this.#parts.cluster.executors.delete('desk/btc');
    this.#parts.onDelete(object);
  }
}
