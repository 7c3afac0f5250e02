import type { QuotaExceeded } from './replies.ts';
import type { Quota } from './settings.ts';

interface Window {
  startedAt: number;
  count: number;
  blockedUntil: number;
}

const periods: Readonly<Record<number, string>> = { 1000: '1s', 60000: '1m', 600000: '10m' };

/**
 * Fixed windows that begin with the first request, and a block of the full block time for whoever
 * exceeds one. A refused request counts in no window and does not lengthen the block.
 */
export class FixedWindows {
  readonly #windows = new Map<string, Window>();

  /** `subject` is an address or an account; `now` in ms. Nothing is counted when one quota refuses. */
  admit(subject: Subject, quotas: readonly Quota[], now: number): QuotaExceeded | undefined {
    const windows = quotas.map((quota) => ({ quota, window: this.#window(subject, quota, now) }));
    for (const { quota, window } of windows) {
      if (now >= window.blockedUntil && window.count < quota.limit) continue;
      if (now >= window.blockedUntil) {
        window.blockedUntil = Math.max(now + quota.blockMs, window.startedAt + quota.periodMs);
      }
      return {
        limit: quota.limit,
        period: periods[quota.periodMs] ?? `${quota.periodMs}ms`,
        policy: subject.policy,
        retryAfterS: Math.max(1, Math.ceil((window.blockedUntil - now) / 1_000)),
      };
    }
    for (const { window } of windows) window.count += 1;
    return undefined;
  }

  clear(): void {
    this.#windows.clear();
  }

  #window(subject: Subject, quota: Quota, now: number): Window {
    const id = `${subject.route}|${subject.policy}|${subject.name}|${quota.periodMs}`;
    const known = this.#windows.get(id);
    if (known !== undefined && now < known.blockedUntil) return known;
    const isOver =
      known === undefined || known.blockedUntil > 0 || now - known.startedAt >= quota.periodMs;
    if (!isOver) return known;
    const fresh: Window = { startedAt: now, count: 0, blockedUntil: 0 };
    this.#windows.set(id, fresh);
    return fresh;
  }
}

export interface Subject {
  readonly route: string;
  readonly policy: 'ip' | 'account';
  readonly name: string;
}
