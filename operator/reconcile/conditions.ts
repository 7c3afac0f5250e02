import type { EpochMs } from '../../crds/clock.ts';
import type { Condition } from '../../crds/fields.ts';
import { instant } from './instant.ts';

export type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

export const yes = (reason: string, message: string): Verdict => ({
  status: 'True',
  reason,
  message,
});
export const no = (reason: string, message: string): Verdict => ({
  status: 'False',
  reason,
  message,
});
export const unknown = (reason: string, message: string): Verdict => ({
  status: 'Unknown',
  reason,
  message,
});

/** Conditions of `verdicts`, in their order. lastTransitionTime moves only when a status does. */
export function conditions(
  before: readonly Condition[] | undefined,
  verdicts: Readonly<Record<string, Verdict>>,
  generation: number,
  now: EpochMs,
): readonly Condition[] {
  return Object.entries(verdicts).map(([type, verdict]) => {
    const last = before?.find((one) => one.type === type);
    const kept = last?.status === verdict.status ? last.lastTransitionTime : undefined;
    return {
      type,
      ...verdict,
      lastTransitionTime: kept ?? instant(now),
      observedGeneration: generation,
    };
  });
}
