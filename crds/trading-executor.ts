import { z } from 'zod';
import { ConditionList, Timestamp } from './fields.ts';
import { type Rule, ruled } from './rules.ts';
import { ClockGuard, Control, Ladder } from './spec/control.ts';
import { Limits } from './spec/limits.ts';
import { Orders } from './spec/orders.ts';
import { Rollback } from './spec/rollback.ts';
import { Rollout } from './spec/rollout.ts';
import { Venue } from './spec/venue.ts';
import { Whitelist } from './spec/whitelist.ts';
import { Callers, Image, ReleaseTag, Resources, Store } from './spec/workload.ts';
import { PodStatus, RollbackStatus, RolloutStatus, SloStatus } from './status.ts';

/** From loosest to strictest: live > trickle > paper. */
export const Mode = z.enum(['paper', 'trickle', 'live']);
export type Mode = z.infer<typeof Mode>;

const Fields = z.object({
  mode: Mode.default('paper').describe(
    'paper: simulated fills, nothing reaches the venue. trickle: real orders, at most 30/min and 500 TRY/s. live: real orders within limits. What is in force may be stricter: see status.effective.',
  ),
  killSwitch: z
    .boolean()
    .default(false)
    .describe('true: no new order leaves, within milliseconds; open orders are cancelled.'),
  version: ReleaseTag,
  image: Image,
  resources: Resources,
  rollout: Rollout,
  venue: Venue,
  limits: Limits,
  orders: Orders,
  whitelist: Whitelist,
  clock: ClockGuard,
  rollback: Rollback,
  control: Control,
  ladder: Ladder,
  callers: Callers,
  store: Store,
});

/**
 * An object that an older CRD let in must still take a kill and a lower mode, and ratcheting does
 * not reach here: with any change the whole spec has changed.
 */
const notRaised =
  "oldSelf.hasValue() && (oldSelf.value().mode == self.mode || oldSelf.value().mode == 'live')";

const rules: readonly Rule<z.output<typeof Fields>>[] = [
  {
    cel: `self.venue.name != 'bist' || self.mode == 'paper' || (${notRaised})`,
    message:
      'venue bist allows only mode paper until a certified adapter exists; set spec.mode to paper',
    holds: ({ venue, mode }) => venue.name !== 'bist' || mode === 'paper',
    fieldPath: '.mode',
    optionalOldSelf: true,
  },
  {
    cel: "self.venue.name != 'bist' || has(self.whitelist) || (oldSelf.hasValue() && !has(oldSelf.value().whitelist))",
    message: 'venue bist needs spec.whitelist, e.g. [GARAN.E], or [] to allow nothing',
    holds: ({ venue, whitelist }) => venue.name !== 'bist' || whitelist !== undefined,
    fieldPath: '.whitelist',
    optionalOldSelf: true,
  },
  {
    cel: `self.mode == 'paper' || has(self.venue.credentialsSecretRef) || (${notRaised} && !has(oldSelf.value().venue.credentialsSecretRef))`,
    message:
      'mode trickle and live need spec.venue.credentialsSecretRef.name, a Secret with the keys publicKey and privateKey; add it or set spec.mode to paper',
    holds: ({ mode, venue }) => mode === 'paper' || venue.credentialsSecretRef !== undefined,
    fieldPath: '.mode',
    optionalOldSelf: true,
  },
];

export const TradingExecutorSpec = ruled(Fields, rules).describe(
  'What a desk wants of one executor. The stricter of this, the rollback latch and the ladder is in force.',
);
/** As the API server returns it: defaults filled in. */
export type TradingExecutorSpec = z.output<typeof TradingExecutorSpec>;

export const TradingExecutorStatus = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .describe('The metadata.generation this status speaks of.'),
    conditions: ConditionList,
    effective: z
      .object({
        mode: Mode.describe('The mode in force.'),
        killSwitch: z.boolean().describe('Whether new orders are stopped.'),
        reason: z.string().max(256).describe('Why it is stricter than declared, or AsDeclared.'),
      })
      .optional()
      .describe('What is in force, for people. Executors compute it themselves.'),
    ladder: z
      .object({
        reached: Mode.describe('The highest rung that was held.'),
        holding: Mode.optional().describe('The rung being held now.'),
        since: Timestamp.optional().describe('Since when it is held.'),
      })
      .optional()
      .describe('How far the executor has climbed.'),
    rollback: RollbackStatus.optional(),
    rollout: RolloutStatus.optional(),
    stability: z
      .object({
        state: z.enum(['STABLE', 'WATCH']).describe('The badge.'),
        reasons: z
          .array(z.string().max(64))
          .max(16)
          .describe('Why it is WATCH, e.g. NoTraffic.')
          .meta({ 'x-kubernetes-list-type': 'atomic' }),
        slos: SloStatus.optional(),
      })
      .optional()
      .describe('The badge, why it is WATCH, and a verdict for each SLO.'),
    pods: z
      .array(PodStatus)
      .max(16)
      .optional()
      .describe('What each pod was seen to do.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  })
  .describe('What the operator saw. It writes here only when a verdict changes.');
export type TradingExecutorStatus = z.output<typeof TradingExecutorStatus>;

/** The part of ObjectMeta this system reads. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

export interface TradingExecutor {
  readonly apiVersion: string;
  readonly kind: 'TradingExecutor';
  readonly metadata: ObjectMeta;
  readonly spec: TradingExecutorSpec;
  readonly status?: TradingExecutorStatus;
}

/** spec.whitelist with the venue's default, which a CRD cannot express. */
export function whitelist(spec: TradingExecutorSpec): readonly string[] {
  return spec.whitelist ?? (spec.venue.name === 'btcturk' ? ['BTCTRY', 'BTCUSDT'] : []);
}
