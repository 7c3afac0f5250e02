import { z } from 'zod';
import { ConditionList, Duration, Name, Timestamp } from './fields.ts';
import { PodStatus, RollbackStatus } from './status.ts';

/** From loosest to strictest: live > trickle > paper. */
export const Mode = z.enum(['paper', 'trickle', 'live']);
export type Mode = z.infer<typeof Mode>;

const Resources = z.record(z.string().max(63), z.string().max(32)).meta({ maxProperties: 8 });

const Venue = z
  .object({
    name: z
      .enum(['btcturk', 'bist'])
      .describe(
        'The venue. It cannot be changed: create another TradingExecutor for another venue.',
      )
      .meta({
        'x-kubernetes-validations': [
          {
            rule: 'self == oldSelf',
            message: 'spec.venue.name cannot be changed; create another TradingExecutor instead',
          },
        ],
      }),
    baseUrl: z
      .string()
      .max(253)
      .regex(/^https?:\/\/[^\s/]+$/)
      .optional()
      .describe('REST origin, without a path. Default for btcturk: https://api.btcturk.com'),
    feedUrl: z
      .string()
      .max(253)
      .regex(/^wss?:\/\/[^\s]+$/)
      .optional()
      .describe('WebSocket feed. Default for btcturk: wss://ws-feed-pro.btcturk.com/'),
    credentialsSecretRef: z
      .object({ name: Name })
      .optional()
      .describe(
        'Secret in the same namespace with the keys publicKey and privateKey. Mounted as files. A change is applied only once the executor is killed and flat.',
      ),
    timeoutMs: z
      .int()
      .min(100)
      .max(30_000)
      .default(5_000)
      .describe(
        'How long one venue call may take, in milliseconds. After that an order is unknown.',
      ),
  })
  .describe('Where orders go.');

const Limits = z
  .object({
    maxOrdersPerMinute: z.int().min(0).max(300).default(30).describe('New orders in any 60 s.'),
    maxNotionalTryPerSecond: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .default(500)
      .describe('Notional of new orders in any 1 s, in whole TRY.'),
    maxConcurrency: z.int().min(1).max(64).default(4).describe('Venue calls at the same time.'),
    maxOpenOrders: z.int().min(0).max(10_000).optional().describe('Open orders, unknowns counted.'),
    maxOpenNotionalTry: z
      .int()
      .min(0)
      .max(1_000_000_000_000)
      .optional()
      .describe('Notional of open orders in whole TRY, unknowns counted.'),
    priceCollarPercent: z
      .number()
      .min(0.01)
      .max(100)
      .optional()
      .describe('Furthest a limit price may be from a fresh reference price, in percent.'),
  })
  .prefault({})
  .describe('Caps of this executor. trickle mode never exceeds 30 orders/min and 500 TRY/s.');

const Rollback = z
  .object({
    enabled: z
      .boolean()
      .default(true)
      .describe('Put on paper by itself when critical alerts last.'),
    persistFor: Duration.default('10m').describe(
      'How long the alert must last, from its beginning.',
    ),
    matchers: z
      .array(
        z
          .string()
          .max(256)
          .regex(/^[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)"[^"]*"$/),
      )
      .min(1)
      .max(16)
      .default(['spark_trading_rollback="true"'])
      .describe('Alertmanager matchers; an alert that matches all of them drives the rollback.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    honourSilences: z
      .boolean()
      .default(false)
      .describe('Whether a silenced alert is ignored. By default silences mute people, not this.'),
  })
  .prefault({})
  .describe('Automatic rollback to paper.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: "duration(self.persistFor) >= duration('1s') && duration(self.persistFor) <= duration('24h')",
        message: 'spec.rollback.persistFor must be between 1s and 24h, e.g. 10m',
      },
    ],
  });

const Control = z
  .object({
    confirmWithin: Duration.default('5s').describe(
      'A pod not gated this long after a kill is deleted.',
    ),
    lossGrace: Duration.default('15s').describe(
      'How long without sight of this object before closing.',
    ),
    cancelOnKill: z.boolean().default(true).describe('Cancel own open orders when killed.'),
  })
  .prefault({})
  .describe('How the kill is carried out and confirmed.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: "duration(self.lossGrace) >= duration('3s') && duration(self.lossGrace) <= duration('5m')",
        message: 'spec.control.lossGrace must be between 3s and 5m, e.g. 15s',
      },
      {
        rule: "duration(self.confirmWithin) >= duration('1s') && duration(self.confirmWithin) <= duration('5m')",
        message: 'spec.control.confirmWithin must be between 1s and 5m, e.g. 5s',
      },
    ],
  });

const Caller = z.object({
  serviceAccount: z
    .object({ namespace: Name, name: Name })
    .describe('Who the token must belong to.'),
  role: z
    .enum(['trader', 'risk'])
    .describe('trader: place and cancel. risk: cancel and kill only.'),
});

const Store = z
  .object({
    type: z.enum(['sqlite', 'postgres']).default('sqlite').describe('Where the journal is kept.'),
    secretRef: z
      .object({ name: Name })
      .optional()
      .describe('Secret with the key url, for postgres.'),
  })
  .prefault({})
  .describe('The journal. It cannot be changed.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'self == oldSelf',
        message: 'spec.store cannot be changed; create another TradingExecutor instead',
      },
      {
        rule: "self.type != 'postgres' || has(self.secretRef)",
        message: 'spec.store.type postgres needs spec.store.secretRef.name',
      },
    ],
  });

export const TradingExecutorSpec = z
  .object({
    mode: Mode.default('paper').describe(
      'paper: simulated fills. trickle: real orders, at most 30/min and 500 TRY/s. live: real orders within spec.limits.',
    ),
    killSwitch: z
      .boolean()
      .default(false)
      .describe('true stops all new orders within milliseconds.'),
    version: z
      .string()
      .max(63)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
      .optional()
      .describe('The release tag the pods must report, e.g. v1.2-ramp.'),
    image: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('Executor image. Default: the operator’s own.'),
    resources: z
      .object({ requests: Resources.optional(), limits: Resources.optional() })
      .optional()
      .describe('Resources of the executor container.'),
    venue: Venue,
    limits: Limits,
    whitelist: z
      .array(
        z
          .string()
          .max(32)
          .regex(/^[A-Z0-9][A-Z0-9._]*$/),
      )
      .max(500)
      .optional()
      .describe('Symbols that may be traded. Default for btcturk: BTCTRY and BTCUSDT.')
      .meta({ 'x-kubernetes-list-type': 'set' }),
    clock: z
      .object({
        maxDriftMs: z
          .int()
          .min(50)
          .max(60_000)
          .default(2_000)
          .describe('Largest drift to the venue.'),
      })
      .prefault({})
      .describe('Clock guard.'),
    rollback: Rollback,
    control: Control,
    ladder: z
      .object({
        holdFor: Duration.default('1m').describe('How long a rung is held before the next.'),
      })
      .prefault({})
      .describe('How an executor climbs from paper to live.'),
    callers: z
      .array(Caller)
      .max(64)
      .optional()
      .describe('Who may place and cancel orders.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    store: Store,
  })
  .describe('What a desk wants of one executor.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: "self.venue.name != 'bist' || self.mode == 'paper'",
        message:
          'venue bist allows only mode paper until a certified adapter exists; set spec.mode: paper',
      },
      {
        rule: "self.venue.name != 'bist' || (has(self.whitelist) && size(self.whitelist) > 0)",
        message: 'venue bist needs spec.whitelist, e.g. [GARAN.E]',
      },
      {
        rule: "self.mode == 'paper' || has(self.venue.credentialsSecretRef)",
        message:
          'mode trickle and live need spec.venue.credentialsSecretRef.name, a Secret with publicKey and privateKey',
      },
    ],
  });
/** As the API server returns it: defaults filled in. */
export type TradingExecutorSpec = z.output<typeof TradingExecutorSpec>;

export const TradingExecutorStatus = z
  .object({
    observedGeneration: z.int().min(0).optional().describe('The generation this status speaks of.'),
    conditions: ConditionList,
    effective: z
      .object({ mode: Mode, killSwitch: z.boolean(), reason: z.string().max(256) })
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
    stability: z
      .object({
        state: z.enum(['STABLE', 'WATCH']),
        reasons: z.array(z.string().max(64)).max(16).meta({ 'x-kubernetes-list-type': 'atomic' }),
      })
      .optional()
      .describe('The badge, and why it is WATCH.'),
    pods: z
      .array(PodStatus)
      .max(16)
      .optional()
      .describe('What each pod was seen to do.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  })
  .describe('What the operator saw.');
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
