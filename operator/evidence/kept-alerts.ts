import { json } from 'node:stream/consumers';
import type { EpochMs } from '../../crds/clock.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { epochMs } from '../rollback/instant.ts';
import { redact } from './redact.ts';
import type { EvidenceStore } from './store.ts';

/** One alert as Alertmanager delivered it. */
export interface DeliveredAlert {
  /** What makes it this delivery and no repetition of it. */
  readonly key: string;
  /** When the operator took it in. */
  readonly at: string;
  /** JSON, cut when it is long. */
  readonly text: string;
}

/** Per executor; the newest stay. */
const KEPT_MAX = 64;
/** An alert may be pending for as long as spec.rollback.persistFor, at most a day. */
const BEFORE_DECISION_MS = 24 * 3_600_000;

/**
 * Alerts as they were delivered, of every executor, until an incident needs them: redacted before they
 * are written. The first of equal deliveries stays.
 */
export class KeptAlerts {
  readonly #store: EvidenceStore;
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(store: EvidenceStore) {
    this.#store = store;
  }

  /** Throws when it cannot be written. */
  add(key: ExecutorKey, alerts: readonly DeliveredAlert[]): Promise<void> {
    const path = pathOf(key);
    const run = (this.#last.get(path) ?? Promise.resolve()).then(() => this.#add(path, alerts));
    const settled = run.catch(() => undefined);
    this.#last.set(path, settled);
    void settled.then(() => {
      if (this.#last.get(path) === settled) this.#last.delete(path);
    });
    return run;
  }

  /** What was delivered in the day before a decision or since, one JSON a line. */
  async before(key: ExecutorKey, decidedAt: string): Promise<string> {
    const from = (epochMs(decidedAt) ?? 0) - BEFORE_DECISION_MS;
    const all = await this.#kept(pathOf(key));
    const lines = all.filter(({ at }) => (epochMs(at) ?? (0 as EpochMs)) >= from);
    if (lines.length === 0) throw new Error('no alert was handed in by the operator');
    return lines.map(({ text }) => `${text}\n`).join('');
  }

  async #add(path: string, alerts: readonly DeliveredAlert[]): Promise<void> {
    const before = await this.#kept(path);
    const known = new Set(before.map(({ key }) => key));
    const fresh = alerts.filter(({ key }) => !known.has(key));
    if (fresh.length === 0) return;
    const clean = fresh.map((one) => ({ ...one, text: redact(one.text).text }));
    const all = JSON.stringify([...before, ...clean].slice(-KEPT_MAX));
    await this.#store.write(path, Buffer.from(all));
  }

  async #kept(path: string): Promise<readonly DeliveredAlert[]> {
    const stored = await this.#store.read(path);
    return stored === undefined ? [] : ((await json(stored.content)) as DeliveredAlert[]);
  }
}

const pathOf = ({ namespace, name }: ExecutorKey): string => `alerts/${namespace}/${name}.json`;
