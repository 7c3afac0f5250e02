import fc from 'fast-check';
import { cardSlo } from '../../../alerts/rules/slo.ts';
import { TradingExecutorSpec } from '../../../crds/trading-executor.ts';
import type { Settings } from '../../../operator/desired/child.ts';

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const name = fc.constantFrom('keys', 'others', 'third');
const ref = fc.record({ name });
const duration = fc.constantFrom('2s', '30s', '1m');
const quantities = fc.dictionary(
  fc.constantFrom('cpu', 'memory', 'ephemeral-storage'),
  fc.constantFrom('0.5', '500m', 1, '1024Mi', '1Gi', '2000m', '0.25Gi'),
);
const symbols = fc.uniqueArray(fc.constantFrom('BTCTRY', 'BTCUSDT', 'GARAN.E'));
const limits = fc.record({
  ...{ maxOrdersPerMinute: fc.nat(300), maxNotionalTryPerSecond: fc.nat(1_000) },
  ...{ maxConcurrency: fc.integer({ min: 1, max: 64 }), maxOpenOrders: maybe(fc.nat(100)) },
  ...{ maxOpenNotionalTry: maybe(fc.nat(1_000)), maxNotionalTryPerOrder: maybe(fc.nat(1_000)) },
  maxQuantityPerOrder: maybe(fc.constant([{ symbol: 'BTCTRY', quantity: '0.5' }])),
  repeatedOrders: maybe(fc.record({ max: fc.integer({ min: 1, max: 300 }), within: duration })),
  priceCollarPercent: maybe(fc.constantFrom(0.5, 10)),
});
const venue = fc.record({
  ...{ baseUrl: maybe(fc.constantFrom('https://a.example', 'https://b.example')) },
  ...{ feedUrl: maybe(fc.constant('wss://feed.example/')), credentialsSecretRef: maybe(ref) },
  timeoutMs: fc.integer({ min: 100, max: 30_000 }),
});
const calendar = fc.oneof(
  fc.constant({}),
  fc.record({ calendarUrl: fc.constant('https://days.example/bist.json') }),
  fc.record({ calendarConfigMapRef: ref }),
);
const store = fc.oneof(
  fc.record({ keepFor: fc.constantFrom('168h', '8760h') }),
  fc.record({ type: fc.constant('postgres'), secretRef: ref }),
);
const callers = fc.array(
  fc.record({
    serviceAccount: fc.record({ namespace: fc.constantFrom('desk', 'risk', 'system'), name }),
    role: fc.constantFrom('trader', 'risk'),
  }),
  { maxLength: 4 },
);

/** Every field of a spec that the CRD takes. */
export const specs = fc
  .record({
    ...{ mode: fc.constantFrom('paper', 'trickle', 'live'), killSwitch: fc.boolean() },
    ...{ isBist: fc.boolean(), venue, calendar, limits, store, callers: maybe(callers) },
    ...{ version: maybe(fc.constantFrom('v1', 'v2')), image: maybe(fc.constantFrom('a:1', 'b:2')) },
    resources: maybe(fc.record({ requests: maybe(quantities), limits: maybe(quantities) })),
    orders: fc.record({ timeToLive: maybe(duration) }),
    whitelist: maybe(symbols),
    clock: fc.record({ maxDriftMs: fc.integer({ min: 50, max: 60_000 }) }),
    rollback: fc.record({
      enabled: fc.boolean(),
      persistFor: duration,
      honourSilences: fc.boolean(),
    }),
    control: fc.record({ confirmWithin: duration, cancelOnKill: fc.boolean() }),
    ladder: fc.record({ holdFor: duration }),
    rollout: fc.record({ progressDeadline: fc.constantFrom('1m', '3m') }),
  })
  .map(({ isBist, calendar: days, mode, whitelist = ['BTCTRY'], ...rest }) => {
    const named = rest.venue.credentialsSecretRef !== undefined;
    return TradingExecutorSpec.parse({
      ...rest,
      whitelist,
      mode: isBist || !named ? 'paper' : mode,
      venue: { ...rest.venue, ...(isBist ? { name: 'bist', ...days } : { name: 'btcturk' }) },
    });
  });

export const settings: fc.Arbitrary<Settings> = fc.record({
  executorImage: fc.constantFrom('executor:1', 'executor:2'),
  operatorServiceAccount: fc.constant('system/operator'),
  slo: fc.constant(cardSlo),
  executorPullSecrets: fc.uniqueArray(name),
  networkPolicy: maybe(fc.record({ metricsNamespaces: fc.uniqueArray(name) })),
});
