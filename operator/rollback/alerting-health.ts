import type { Clock } from '../../crds/clock.ts';

export interface AlertingVerdict {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason:
    | 'Receiving'
    | 'WebhookRefused'
    | 'AlertmanagerUnreachable'
    /** Alertmanager answers, and does not list the alert that always fires. */
    | 'WatchdogMissing'
    /** This process has not watched for long: what another one knew before may still hold. */
    | 'NothingHeard'
    | 'NothingHeardLately';
  readonly message: string;
}

/** How long one sign of life speaks for the pipeline; polls come every 20 s. */
const HEARD_COUNTS_MS = 10 * 60_000;
/** Two polls may fail before people are told. */
const POLL_LOST_MS = 60_000;

/** Alertmanager forgets its alerts in a restart, and Prometheus sends them again within a minute. */
const WATCHDOG_LOST_MS = 2 * 60_000;

/** What this replica has seen, and was told, of the way alerts take: the fact behind AlertingHealthy. */
export class AlertingHealth {
  readonly #clock: Clock;
  #watchedSince: number;
  #heardAt: number | undefined;
  #isRefusing = false;
  #pollFailingSince: number | undefined;
  #watchdogMissingSince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#watchedSince = clock.elapsed();
  }

  /** This replica leads from now on: only a leader polls, so its silence before says nothing. */
  led(): void {
    this.#watchedSince = this.#clock.elapsed();
    this.#watchdogMissingSince = undefined;
  }

  accepted(): void {
    this.#heardAt = this.#clock.elapsed();
    this.#isRefusing = false;
  }

  /** Until a delivery is accepted: a poll says nothing about the token that Alertmanager shows. */
  refused(): void {
    this.#isRefusing = true;
  }

  get isRefusing(): boolean {
    return this.#isRefusing;
  }

  /** What the replicas agree on: the last delivery to any of them was refused, or was not. */
  told(isRefusing: boolean): void {
    if (this.#isRefusing && !isRefusing) this.#heardAt = this.#clock.elapsed(); // by another one
    this.#isRefusing = isRefusing;
  }

  polled(reached: boolean): void {
    if (reached) {
      this.#heardAt = this.#clock.elapsed();
      this.#pollFailingSince = undefined;
    } else this.#pollFailingSince ??= this.#clock.elapsed();
  }

  /** Whether a poll found the watchdog (alerts/rules/operator.ts). Says nothing about any executor. */
  watchdog(isListed: boolean): void {
    this.#watchdogMissingSince = isListed
      ? undefined
      : (this.#watchdogMissingSince ?? this.#clock.elapsed());
  }

  /** Messages carry no instant: the condition is written when the verdict changes, not each time. */
  verdict(): AlertingVerdict {
    const now = this.#clock.elapsed();
    if (this.#isRefusing) {
      return {
        status: 'False',
        reason: 'WebhookRefused',
        message:
          'a webhook came without the right token and was refused, and none was accepted since; give Alertmanager the bearer token of the webhook Secret',
      };
    }
    if (this.#pollFailingSince !== undefined && now - this.#pollFailingSince >= POLL_LOST_MS) {
      return {
        status: 'False',
        reason: 'AlertmanagerUnreachable',
        message: 'Alertmanager does not answer GET /api/v2/alerts; check --alertmanager-url',
      };
    }
    const missing = this.#watchdogMissingSince;
    if (missing !== undefined && now - missing >= WATCHDOG_LOST_MS) {
      return {
        status: 'False',
        reason: 'WatchdogMissing',
        message:
          'Alertmanager answers, but does not list TradingWatchdog, which always fires: Prometheus does not reach it, or does not have the rules; see alerts/runbooks/TradingWatchdog.md',
      };
    }
    if (now - Math.max(this.#heardAt ?? 0, this.#watchedSince) >= HEARD_COUNTS_MS) {
      return {
        status: 'Unknown',
        reason: 'NothingHeardLately',
        message:
          'Alertmanager was not heard for ten minutes; set --alertmanager-url to have it asked',
      };
    }
    if (this.#heardAt === undefined) {
      return {
        status: 'Unknown',
        reason: 'NothingHeard',
        message: 'Alertmanager has not been heard since this operator started',
      };
    }
    return { status: 'True', reason: 'Receiving', message: 'Alertmanager was heard' };
  }
}
