import { Counter, Gauge, type Registry } from 'prom-client';
import type { Log } from '../log.ts';

/** What journal and venue can disagree about, and what it says in the log. */
const meanings = {
  external: 'an open order of the account is not ours; it is not touched',
  doubled: 'the venue holds a second order under one of our client ids; it goes with a kill',
  'open-after-end': 'an order that is over is still open at the venue; it goes with a kill',
  'turned-up': 'an order that was taken for never accepted is at the venue; it is ours again',
  missing: 'an open order is not at the venue; look for it there, it counts as open until then',
  'probable-twin': 'an order at the venue looks like one of ours that lost its id; look at both',
} as const;
export type Mismatch = keyof typeof meanings;

/** Labels and gauges of the comparison with the venue; every label is there at 0. */
export class ReconcileMetrics {
  readonly #mismatches: Counter<'kind'>;
  readonly #external: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#mismatches = new Counter({
      name: 'spark_reconcile_mismatches_total',
      help: 'Orders about which journal and venue did not agree, each counted once.',
      labelNames: ['kind'],
      registers,
    });
    for (const kind of Object.keys(meanings)) this.#mismatches.inc({ kind }, 0);
    this.#external = new Gauge({
      name: 'spark_external_orders',
      help: 'Open orders of the account that are not ours, as last read.',
      registers,
    });
  }

  mismatch(kind: Mismatch): void {
    this.#mismatches.inc({ kind });
  }

  external(orders: number): void {
    this.#external.set(orders);
  }
}

/** Counts and tells every disagreement once in the life of this process. */
export class Mismatches {
  readonly #metrics: ReconcileMetrics;
  readonly #log: Log;
  readonly #told = new Set<string>();

  constructor(metrics: ReconcileMetrics, log: Log) {
    this.#metrics = metrics;
    this.#log = log;
  }

  /** `key` tells one order from another; `fields` go into the log. */
  note(kind: Mismatch, key: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const told = `${kind} ${key}`;
    if (this.#told.has(told)) return;
    this.#told.add(told);
    this.#metrics.mismatch(kind);
    this.#log.warn({ mismatch: kind, ...fields }, meanings[kind]);
  }

  external(orders: number): void {
    this.#metrics.external(orders);
  }
}
