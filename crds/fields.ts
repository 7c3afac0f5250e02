import { z } from 'zod';
import { DURATION_PATTERN } from './duration.ts';

/** A Kubernetes object name (RFC 1123 subdomain). */
export const Name = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

export const Duration = z.string().max(16).regex(new RegExp(DURATION_PATTERN));

/** RFC 3339. Kept as text: what was read is written back unchanged. */
export const Timestamp = z.string().max(40).meta({ format: 'date-time' });

/** metav1.Condition. */
export const Condition = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(128),
  message: z.string().max(4096),
  lastTransitionTime: Timestamp,
  observedGeneration: z.int().min(0).optional(),
});
export type Condition = z.infer<typeof Condition>;

export const ConditionList = z
  .array(Condition)
  .max(32)
  .optional()
  .describe('Ready, Progressing, KillSwitchConfirmed, RolledBack, AlertingHealthy and others.')
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
