import { z } from 'zod';
import { Name, Timestamp } from './fields.ts';
import { Resources } from './spec/workload.ts';

export const FINGERPRINT_MAX = 64;

/** One alert that may become a rollback: the durable clock. Keyed by Alertmanager's fingerprint. */
export const PendingAlert = z.object({
  fingerprint: z.string().max(FINGERPRINT_MAX).describe('How Alertmanager names this alert.'),
  alertname: z.string().max(128).describe('Its name, e.g. PlaceAckLatencyRollback.'),
  since: Timestamp.describe('When the alert became active; only ever moves earlier.'),
  lastSeen: Timestamp.describe('When a webhook or poll last said so.'),
  inconclusive: z
    .boolean()
    .optional()
    .describe('Resolved without enough good orders to prove recovery; the clock runs on.'),
});
export type PendingAlert = z.infer<typeof PendingAlert>;

/** The earliest matter: they are due first. */
export const PENDING_MAX = 32;

/** Written only by the field manager `trading-operator-rollback`, under a resourceVersion precondition. */
export const RollbackStatus = z
  .object({
    uid: z
      .string()
      .max(64)
      .describe('metadata.uid this latch belongs to; executors stay closed under any other.'),
    pending: z
      .array(PendingAlert)
      .max(PENDING_MAX)
      .describe('Alerts that last, each with its own clock.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['fingerprint'] }),
    latched: z.boolean().describe('true: paper and killed until the incident is acknowledged.'),
    incident: Name.optional().describe('The TradingIncident that holds the latch.'),
    since: Timestamp.optional().describe('When the latch was written.'),
    evidence: z.string().max(512).optional().describe('Where the evidence pack is.'),
  })
  .describe('The rollback latch and its clock.');
export type RollbackStatus = z.infer<typeof RollbackStatus>;

export const PodStatus = z.object({
  name: Name.describe('Name of the pod.'),
  state: z
    .enum(['Open', 'Closed', 'Gated', 'Ungated', 'Unreachable', 'FencedByTime'])
    .describe(
      'Open: trading. Closed: not trading, though not killed. Gated: killed and confirmed. Ungated: killed, not yet confirmed. Unreachable: does not answer. FencedByTime: silent so long that it cannot trade any more.',
    ),
  ready: z.boolean().describe('Whether Kubernetes counts it as ready.'),
  gatedAt: Timestamp.optional().describe('When its gate closed for the kill in force.'),
  flatAt: Timestamp.optional().describe('When it had nothing open, in flight or unknown.'),
  version: z.string().max(63).optional().describe('The release tag it reports.'),
});
export type PodStatus = z.infer<typeof PodStatus>;

const released = {
  image: z.string().max(512).describe('The image of the executor container.'),
  version: z.string().max(63).optional().describe('The release tag that spec.version asked for.'),
  resources: Resources,
};

export const RolloutStatus = z
  .object({
    lastGood: z
      .object(released)
      .optional()
      .describe('What was last seen ready, for half a minute, with the tag the spec asked for.'),
    trying: z
      .object({ ...released, since: Timestamp.describe('When it was first asked for.') })
      .optional()
      .describe('What is being rolled out and is not known to be good yet.'),
    failed: z
      .object({
        ...released,
        at: Timestamp.describe('When it was given up.'),
        reason: z.string().max(64).describe('Why, in one word, e.g. ImagePullBackOff.'),
        message: z.string().max(512).describe('Why, in words.'),
      })
      .optional()
      .describe('What the spec asks for and lastGood was put in the place of.'),
    drainingSince: Timestamp.optional().describe('When the pod that is going took its last order.'),
    gapSeconds: z
      .int()
      .min(0)
      .optional()
      .describe('How long no new order was taken when the pod was last replaced.'),
  })
  .describe('The version that runs, and the one before.');
export type RolloutStatus = z.infer<typeof RolloutStatus>;

const SloVerdict = z.enum(['Met', 'Missed', 'Unknown']);
/** Whether each SLO is met. Unknown: too few events, or nobody records them. */
export const SloStatus = z
  .object({
    placeAck: SloVerdict.describe('Place→ACK, P95, over the last hour.'),
    feedDb: SloVerdict.describe('Feed→DB, P95, over the last hour.'),
    errorRate: SloVerdict.describe('Orders that failed by the venue or by us, over the last hour.'),
    uptime: SloVerdict.describe('Slots of 30 s in which it was ready, over 30 days.'),
  })
  .describe('Whether each SLO is met, by the series that the alerts read.');
export type SloStatus = z.infer<typeof SloStatus>;
