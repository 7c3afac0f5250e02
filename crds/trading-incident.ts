import { z } from 'zod';
import { Name, Timestamp } from './fields.ts';
import { Mode, type ObjectMeta } from './trading-executor.ts';

const State = z.object({ mode: Mode, killSwitch: z.boolean() });

export const TradingIncidentSpec = z
  .object({
    executor: z
      .object({ name: Name, uid: z.string().max(64) })
      .describe('The executor that was rolled back. One of the same name starts latched.'),
    alert: z
      .object({
        name: z.string().max(128),
        fingerprint: z.string().max(64),
        since: Timestamp,
        summary: z.string().max(1024).optional(),
      })
      .describe('What fired, and since when.'),
    decision: z.string().max(1024).describe('What was decided, in words.'),
    decidedAt: Timestamp,
    before: State,
    after: State,
  })
  .describe('The facts of one rollback. They do not change.')
  .meta({
    'x-kubernetes-validations': [
      { rule: 'self == oldSelf', message: 'an incident is a record and cannot be changed' },
    ],
  });
export type TradingIncidentSpec = z.output<typeof TradingIncidentSpec>;

export const TradingIncidentStatus = z
  .object({
    acknowledged: z
      .object({ by: z.string().max(253), at: Timestamp })
      .optional()
      .describe('Who released the latch, and when. Absent: the incident is open.'),
    evidence: z.string().max(512).optional().describe('Where the evidence pack is.'),
    timeline: z
      .array(z.object({ at: Timestamp, what: z.string().max(512) }))
      .max(64)
      .optional()
      .describe('What happened, in order.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
  })
  .describe('What became of it.');
export type TradingIncidentStatus = z.output<typeof TradingIncidentStatus>;

export interface TradingIncident {
  readonly apiVersion: string;
  readonly kind: 'TradingIncident';
  readonly metadata: ObjectMeta;
  readonly spec: TradingIncidentSpec;
  readonly status?: TradingIncidentStatus;
}
