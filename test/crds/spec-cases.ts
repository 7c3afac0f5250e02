/** A TradingExecutor spec, what becomes of it, and what the refusal has to tell. */
export interface SpecCase {
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Left out: accepted. Else a part of the API server's message: what to do. */
  readonly refused?: string;
}

const btcturk = { name: 'btcturk' };
const withKeys = { ...btcturk, credentialsSecretRef: { name: 'keys' } };
const store = (of: object): object => ({ venue: btcturk, store: of });
const limits = (of: object): object => ({ venue: btcturk, limits: of });
const cap = (quantity: string) => ({ symbol: 'BTCTRY', quantity });
const rollback = (of: object): object => ({ venue: btcturk, rollback: of });
const control = (of: object): object => ({ venue: btcturk, control: of });
const calendar = (of: object): object => ({ venue: { name: 'bist', ...of }, whitelist: [] });
const callers = (namespace: string, name: string, role: string) => ({
  ...{ venue: btcturk, callers: [{ serviceAccount: { namespace, name }, role }] },
});

const accepted: readonly (readonly [string, object])[] = [
  ['the least there is', { venue: btcturk }],
  ['trickle with keys', { mode: 'trickle', venue: withKeys }],
  ['live with keys', { mode: 'live', venue: withKeys, killSwitch: true }],
  ['bist on paper', { venue: { name: 'bist' }, whitelist: ['GARAN.E'] }],
  ['bist with a calendar to read', calendar({ calendarUrl: 'https://desk.example/c.json' })],
  ['bist with a calendar in a file', calendar({ calendarUrl: 'file:///etc/c.json' })],
  [
    'bist with a calendar in a ConfigMap',
    calendar({ calendarConfigMapRef: { name: 'bist-calendar' } }),
  ],
  ['bist that allows nothing', { venue: { name: 'bist' }, whitelist: [] }],
  [
    'a venue elsewhere',
    { venue: { ...btcturk, baseUrl: 'http://simulator:8080', feedUrl: 'ws://simulator/feed' } },
  ],
  [
    'caps of one order',
    limits({
      maxNotionalTryPerOrder: 0,
      maxQuantityPerOrder: [cap('0.5'), { ...cap('123456789012.1234567890123456'), symbol: 'A' }],
      repeatedOrders: { max: 10, within: '10s' },
    }),
  ],
  ['a time to live', { venue: btcturk, orders: { timeToLive: '30m' } }],
  [
    'limits of zero',
    limits({ maxOrdersPerMinute: 0, maxNotionalTryPerSecond: 0, maxOpenOrders: 0 }),
  ],
  [
    'the largest limits',
    limits({
      maxOrdersPerMinute: 300,
      maxOpenNotionalTry: 1_000_000_000_000,
      priceCollarPercent: 0.01,
    }),
  ],
  ['a rollback after one second', rollback({ persistFor: '1s' })],
  ['a rollback after a day', rollback({ persistFor: '23h59m60s' })],
  ['matchers of each kind', rollback({ matchers: ['a="b"', 'a!="b"', 'a=~"b.*"', 'a!~""'] })],
  ['a grace of 3 s', control({ lossGrace: '3000ms', confirmWithin: '1s' })],
  ['a caller', callers('team', 'trader', 'trader')],
  ['postgres with a Secret', store({ type: 'postgres', secretRef: { name: 'pg' } })],
  ['orders kept for a week', store({ keepFor: '168h' })],
  [
    'resources as numbers and text',
    { venue: btcturk, resources: { requests: { cpu: 1, memory: '256Mi' } } },
  ],
  ['a release tag', { venue: btcturk, version: 'v1.2-ramp' }],
];

const refused: readonly (readonly [string, object, string])[] = [
  ['no venue', {}, 'spec.venue: Required value'],
  [
    'another mode',
    { mode: 'fast', venue: btcturk },
    'supported values: "paper", "trickle", "live"',
  ],
  ['another venue', { venue: { name: 'nyse' } }, 'supported values: "btcturk", "bist"'],
  ['a kill switch in words', { killSwitch: 'yes', venue: btcturk }, 'must be of type boolean'],
  [
    'trickle without keys',
    { mode: 'trickle', venue: btcturk },
    'need spec.venue.credentialsSecretRef.name',
  ],
  ['live without keys', { mode: 'live', venue: btcturk }, 'add it or set spec.mode to paper'],
  [
    'bist with real orders',
    { mode: 'trickle', venue: { ...withKeys, name: 'bist' }, whitelist: ['GARAN.E'] },
    'set spec.mode to paper',
  ],
  [
    'a calendar over http',
    calendar({ calendarUrl: 'http://desk.example/c.json' }),
    'must be an https address without credentials or query',
  ],
  [
    'a calendar with a password in its address',
    calendar({ calendarUrl: 'https://me:secret@desk.example/c.json' }),
    'must be an https address without credentials or query',
  ],
  [
    'two calendars',
    calendar({ calendarUrl: 'file:///c', calendarConfigMapRef: { name: 'c' } }),
    'exclude each other; remove one',
  ],
  ['bist without a whitelist', { venue: { name: 'bist' } }, 'needs spec.whitelist, e.g. [GARAN.E]'],
  [
    'a base address with a path',
    { venue: { ...btcturk, baseUrl: 'https://a/b' } },
    'must be an origin without a path, e.g. https://api.btcturk.com',
  ],
  [
    'a feed over http',
    { venue: { ...btcturk, feedUrl: 'https://a' } },
    'must be a WebSocket address',
  ],
  [
    'a Secret with capitals',
    { venue: { ...btcturk, credentialsSecretRef: { name: 'Keys' } } },
    'must be an object name',
  ],
  [
    'a timeout of 50 ms',
    { venue: { ...btcturk, timeoutMs: 50 } },
    'should be greater than or equal to 100',
  ],
  [
    '301 orders a minute',
    limits({ maxOrdersPerMinute: 301 }),
    'should be less than or equal to 300',
  ],
  ['half an order', limits({ maxOrdersPerMinute: 1.5 }), 'must be of type integer'],
  ['no concurrency', limits({ maxConcurrency: 0 }), 'should be greater than or equal to 1'],
  ['a collar of nothing', limits({ priceCollarPercent: 0 }), 'should be greater than 0'],
  [
    'a symbol capped twice',
    limits({ maxQuantityPerOrder: [cap('1'), cap('2')] }),
    'Duplicate value',
  ],
  ['a cap with a comma', limits({ maxQuantityPerOrder: [cap('0,5')] }), 'must be a decimal string'],
  [
    'repeats in no time',
    limits({ repeatedOrders: { max: 1, within: '0s' } }),
    'must be a duration between 1s and 1h',
  ],
  [
    'no time to live',
    { venue: btcturk, orders: { timeToLive: '0s' } },
    'must be a duration between 1s and 720h',
  ],
  [
    'a symbol in small letters',
    { venue: btcturk, whitelist: ['btctry'] },
    'must be a symbol in capitals as the venue writes it, e.g. BTCTRY',
  ],
  [
    'a symbol twice',
    { venue: btcturk, whitelist: ['BTCTRY', 'BTCTRY'] },
    'Duplicate value: "BTCTRY"',
  ],
  [
    '501 symbols',
    { venue: btcturk, whitelist: Array.from({ length: 501 }, (_, i) => `S${i}`) },
    'must have at most 500 items',
  ],
  [
    'persistFor without a unit',
    rollback({ persistFor: '10' }),
    'must be a duration between 1s and 24h, e.g. 10m',
  ],
  [
    'persistFor of no time',
    rollback({ persistFor: '0s' }),
    'must be a duration between 1s and 24h',
  ],
  [
    'persistFor above a day',
    rollback({ persistFor: '24h1s' }),
    'must be a duration between 1s and 24h',
  ],
  [
    'persistFor beyond counting',
    rollback({ persistFor: '999999h999999h' }),
    'spec.rollback.persistFor',
  ],
  ['no matchers', rollback({ matchers: [] }), 'should have at least 1 items'],
  [
    'a matcher without quotes',
    rollback({ matchers: ['severity=critical'] }),
    'with the value in quotes, e.g. severity="critical"',
  ],
  [
    'a grace of 2 s',
    control({ lossGrace: '2s' }),
    'must be a duration between 3s and 5m, e.g. 15s',
  ],
  ['a grace of 6 min', control({ lossGrace: '6m' }), 'must be a duration between 3s and 5m'],
  [
    'confirmation at once',
    control({ confirmWithin: '0s' }),
    'must be a duration between 1s and 5m, e.g. 5s',
  ],
  [
    'a ladder without holding',
    { venue: btcturk, ladder: { holdFor: '0s' } },
    'must be a duration between 1s and 24h, e.g. 1m',
  ],
  [
    'a drift of 10 ms',
    { venue: btcturk, clock: { maxDriftMs: 10 } },
    'should be greater than or equal to 50',
  ],
  [
    'a caller with another role',
    callers('team', 'trader', 'admin'),
    'supported values: "trader", "risk"',
  ],
  [
    'a caller without a name',
    { venue: btcturk, callers: [{ serviceAccount: { namespace: 'team' }, role: 'risk' }] },
    'serviceAccount.name: Required value',
  ],
  [
    'postgres without a Secret',
    store({ type: 'postgres' }),
    'needs secretRef.name, a Secret with the key url',
  ],
  [
    'orders kept for less than a week',
    store({ keepFor: '167h' }),
    'must be a duration between 168h and 87600h, e.g. 8760h',
  ],
  ['an empty image', { venue: btcturk, image: '' }, 'should be at least 1 chars long'],
  [
    'a tag with spaces',
    { venue: btcturk, version: 'v1 2' },
    'must be a release tag, e.g. v1.2-ramp',
  ],
  [
    'less than no CPU',
    { venue: btcturk, resources: { requests: { cpu: -1 } } },
    'should be greater than or equal to 0',
  ],
];

export const specCases: readonly SpecCase[] = [
  ...accepted.map(([name, spec]) => ({ name, spec: { ...spec } })),
  ...refused.map(([name, spec, message]) => ({ name, spec: { ...spec }, refused: message })),
];
