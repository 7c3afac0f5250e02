import type { Logger } from 'pino';
import { z } from 'zod';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { getText } from '../http/get-text.ts';
import { type Alert, AlertList, listedAlerts, WATCHDOG } from './alert.ts';
import type { AlertingHealth } from './alerting-health.ts';
import { instantMs } from './instant.ts';
import { ownRollback } from './latch.ts';
import { type TakeInDeps, takeIn } from './take-in.ts';

export interface PollOptions extends TakeInDeps {
  /** Origin and path prefix of Alertmanager. */
  readonly url: string;
  readonly health: AlertingHealth;
  readonly log: Logger;
  readonly isLeader: () => boolean;
  readonly executors: () => Iterable<TradingExecutor>;
}

const POLL_EVERY_MS = 20_000;
const NAMES_AN_EXECUTOR = 'executor=~".+"';
const ANSWER_MS_MAX = 5_000;
/** Alertmanager forgets its alerts in a restart, and Prometheus sends them again within a minute. */
const MISSES_MAX = 4;

/**
 * Asks Alertmanager's API v2 what fires, so that a lost webhook costs seconds and not a rollback. It
 * also tells what no longer fires, and that the way from Alertmanager is open. Only the leader asks.
 */
export class AlertPoll {
  readonly #options: PollOptions;
  readonly #stopping = new AbortController();
  readonly #misses = new Map<string, number>();
  #wake = new AbortController();
  #isWanted = false;
  #running: Promise<void> | undefined;

  constructor(options: PollOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** A webhook was cut short: do not wait for the next turn. */
  pollNow(): void {
    this.#isWanted = true; // a turn under way may have asked before
    this.#wake.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random, isLeader } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#wake = new AbortController();
      this.#isWanted = false;
      if (isLeader()) await this.#turn();
      if (this.#stopping.signal.aborted) return;
      if (this.#isWanted) continue;
      const wait = POLL_EVERY_MS * (0.75 + random() / 2);
      await clock.after(wait, this.#wake.signal).catch(() => undefined); // woken early
    }
  }

  async #turn(): Promise<void> {
    const { health, metrics, log } = this.#options;
    let firing: readonly Alert[];
    try {
      firing = await alertsAt(this.#options.url, NAMES_AN_EXECUTOR);
      health.polled(true);
    } catch (error) {
      health.polled(false);
      metrics.pollFailed();
      log.warn({ err: error }, 'Alertmanager could not be asked');
      return;
    }
    try {
      await takeIn(this.#options, [...firing, ...this.#over(firing)]);
    } catch (error) {
      log.warn({ err: error }, 'alerts could not be recorded; they are asked for again');
    }
    await this.#lookForWatchdog();
  }

  /** After what fires was recorded, and without a word when it fails: the next turn tells. */
  async #lookForWatchdog(): Promise<void> {
    const found = await alertsAt(this.#options.url, WATCHDOG).catch(() => undefined);
    if (found !== undefined) this.#options.health.watchdog(found.length > 0);
  }

  /** Clocks that run for alerts which Alertmanager has not listed for several turns. */
  #over(firing: readonly Alert[]): Alert[] {
    const listed = new Set(firing.map((alert) => alert.fingerprint));
    const pending = [...this.#options.executors()].flatMap((executor) =>
      (ownRollback(executor)?.pending ?? [])
        .filter((one) => !listed.has(one.fingerprint) && one.inconclusive !== true)
        .map((one) => ({ one, metadata: executor.metadata })),
    );
    const ids = new Set(pending.map(({ one, metadata }) => `${metadata.uid}/${one.fingerprint}`));
    for (const id of this.#misses.keys()) if (!ids.has(id)) this.#misses.delete(id);
    return pending.flatMap(({ one, metadata: { uid, namespace, name } }) => {
      const misses = (this.#misses.get(`${uid}/${one.fingerprint}`) ?? 0) + 1;
      this.#misses.set(`${uid}/${one.fingerprint}`, misses);
      if (misses < MISSES_MAX) return [];
      const labels = { namespace, executor: name };
      const told = { fingerprint: one.fingerprint, name: one.alertname, labels, muted: false };
      return [{ ...told, status: 'resolved' as const, startsAt: instantMs(one.since) }];
    });
  }
}

/** Every alert that a matcher selects, silenced and inhibited ones included. */
async function alertsAt(url: string, matcher: string): Promise<readonly Alert[]> {
  const filter = encodeURIComponent(matcher);
  const text = await getText(`${url}/api/v2/alerts?filter=${filter}`, ANSWER_MS_MAX);
  const parsed = AlertList.safeParse(JSON.parse(text));
  if (parsed.success) return listedAlerts(parsed.data);
  throw new Error(`${url} is no Alertmanager: ${z.prettifyError(parsed.error)}`);
}
