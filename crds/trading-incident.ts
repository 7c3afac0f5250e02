import { z } from 'zod';
import { Name, Timestamp } from './fields.ts';
import { immutable, ruled } from './rules.ts';
import { Mode, type ObjectMeta } from './trading-executor.ts';

const State = z.object({
  mode: Mode.describe('spec.mode.'),
  killSwitch: z.boolean().describe('spec.killSwitch.'),
});

const Facts = z.object({
  executor: z
    .object({
      name: Name.describe('Its name.'),
      uid: z.string().max(64).describe('Its metadata.uid.'),
    })
    .describe('The executor that was rolled back. One of the same name starts latched.'),
  alert: z
    .object({
      name: z.string().max(128).describe('Its name, e.g. PlaceAckLatencyRollback.'),
      fingerprint: z.string().max(64).describe('How Alertmanager names it.'),
      since: Timestamp.describe('When it became active.'),
      summary: z.string().max(1024).optional().describe('What it said.'),
    })
    .describe('What fired, and since when.'),
  decision: z.string().max(1024).describe('What was decided, in words.'),
  decidedAt: Timestamp.describe('When it was decided.'),
  before: State.describe('What the executor declared before.'),
  after: State.describe('What the operator patched it to.'),
});

export const TradingIncidentSpec = ruled(Facts, [
  immutable('an incident is a record and cannot be changed; its status can'),
]).describe('The facts of one rollback. They do not change.');
export type TradingIncidentSpec = z.output<typeof TradingIncidentSpec>;

/** A rollback writes six lines. */
export const TIMELINE_MAX = 64;

export const TradingIncidentStatus = z
  .object({
    acknowledged: z
      .object({
        by: z.string().max(253).describe('The user.'),
        at: Timestamp.describe('When.'),
      })
      .optional()
      .describe('Who released the latch, and when. Absent: the incident is open.'),
    evidence: z.string().max(512).optional().describe('Where the evidence pack is.'),
    timeline: z
      .array(
        z.object({
          at: Timestamp.describe('When.'),
          what: z.string().max(512).describe('What happened.'),
        }),
      )
      .max(TIMELINE_MAX)
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
