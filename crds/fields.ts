import { z } from 'zod';
import { DURATION_PATTERN, durationMs } from './duration.ts';
import { type Rule, ruled } from './rules.ts';

interface TextShape {
  readonly max: number;
  /** RE2, anchored: the API server's `pattern` and zod read the same one. */
  readonly pattern: string;
  /** What the text must be, with an example: the API server's own message shows only the pattern. */
  readonly says: string;
}

/** Text of one form, refused with a message that says what to write instead. */
export function text({ max, pattern, says }: TextShape) {
  const cel = `self.matches('${pattern.replaceAll('\\', '\\\\')}')`;
  return ruled(z.string().max(max).regex(new RegExp(pattern), says), [{ cel, message: says }]);
}

/** A Kubernetes object name (RFC 1123 subdomain). */
export const Name = text({
  max: 253,
  pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
  says: 'must be an object name: lower-case letters, digits, "-" and ".", e.g. btcturk-keys',
});

/** The bounds of a duration, written the way people write them. */
interface DurationShape {
  readonly min: string;
  readonly max: string;
  readonly example: string;
}

/** A Go duration between two bounds. */
export function duration({ min, max, example }: DurationShape) {
  const says = `must be a duration between ${min} and ${max}, e.g. ${example}`;
  const form = new RegExp(DURATION_PATTERN);
  const rule: Rule<string> = {
    cel: `self.matches('${DURATION_PATTERN}') && duration(self) >= duration('${min}') && duration(self) <= duration('${max}')`,
    message: says,
    holds: (value) =>
      !form.test(value) ||
      (durationMs(value) >= durationMs(min) && durationMs(value) <= durationMs(max)),
  };
  return ruled(z.string().max(16).regex(form, says), [rule]);
}

/** RFC 3339. Kept as text: what was read is written back unchanged. */
export const Timestamp = z.string().max(40).meta({ format: 'date-time' });

/** metav1.Condition. */
export const Condition = z.object({
  type: z.string().max(316).describe('What it speaks of, e.g. Ready.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().max(128).describe('One word for programs.'),
  message: z.string().max(4096).describe('A sentence for people.'),
  lastTransitionTime: Timestamp.describe('When status last changed.'),
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .describe('The metadata.generation this condition speaks of.'),
});
export type Condition = z.infer<typeof Condition>;

/** More than this system sets; others may add their own. */
export const CONDITIONS_MAX = 32;

export const ConditionList = z
  .array(Condition)
  .max(CONDITIONS_MAX)
  .optional()
  .describe(
    'Ready, Progressing, KillSwitchConfirmed, RolledBack, AlertingHealthy, SpecOverruled, VenueBudgetExceeded.',
  )
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
