import type { Clock } from '../../crds/clock.ts';

export interface AlertingVerdict {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: 'Receiving' | 'WebhookRefused' | 'AlertmanagerUnreachable' | 'NothingHeard';
  readonly message: string;
}

/** How long a refused delivery speaks against the pipeline when nothing good follows it. */
const REFUSAL_COUNTS_MS = 10 * 60_000;
/** Two polls may fail before people are told. */
const POLL_LOST_MS = 60_000;

/** What this replica has seen of the way alerts take to it: the fact behind AlertingHealthy. */
export class AlertingHealth {
  readonly #clock: Clock;
  #heardAt: number | undefined;
  #refusedAt: number | undefined;
  #pollFailingSince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  accepted(): void {
    this.#heardAt = this.#clock.elapsed();
    this.#refusedAt = undefined;
  }

  refused(): void {
    this.#refusedAt = this.#clock.elapsed();
  }

  polled(reached: boolean): void {
    if (reached) {
      this.#heardAt = this.#clock.elapsed();
      this.#pollFailingSince = undefined;
    } else this.#pollFailingSince ??= this.#clock.elapsed();
  }

  /** Messages carry no instant: the condition is written when the verdict changes, not each time. */
  verdict(): AlertingVerdict {
    const now = this.#clock.elapsed();
    if (this.#refusedAt !== undefined && now - this.#refusedAt < REFUSAL_COUNTS_MS) {
      return {
        status: 'False',
        reason: 'WebhookRefused',
        message:
          'a webhook came without the right token and was refused; give Alertmanager the bearer token of the webhook Secret',
      };
    }
    if (this.#pollFailingSince !== undefined && now - this.#pollFailingSince >= POLL_LOST_MS) {
      return {
        status: 'False',
        reason: 'AlertmanagerUnreachable',
        message: 'Alertmanager does not answer GET /api/v2/alerts; check --alertmanager-url',
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
