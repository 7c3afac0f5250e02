import { join, resolve } from 'node:path';
import { z } from 'zod';
import { Mode, TradingExecutorSpec } from '../../crds/trading-executor.ts';
import { misspelt } from './misspelt.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const whole = (min: number, max: number, unit: string) =>
  z
    .string()
    .refine(
      (text) => /^[0-9]{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max,
      `must be a whole number from ${min} to ${max} (${unit})`,
    )
    .transform(Number);

const LISTEN = /^(?:\[([0-9a-f:]+)\]|([^:]+)):([0-9]{1,5})$/i;

const Env = z.object({
  TRADING_MODE: Mode.default('paper'),
  KILL_SWITCH: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
  MAX_OPM: whole(0, 300, 'orders per minute').default(30),
  MAX_NOTIONAL_TRY_S: whole(0, 1_000_000_000, 'TRY per second').default(500),
  WHITELIST: z
    .string()
    .transform((text) => (text.trim() === '' ? [] : text.split(',').map((one) => one.trim())))
    .optional(),
  CLOCK_DRIFT_MS: whole(50, 60_000, 'milliseconds').default(2_000),
  VENUE: z.enum(['btcturk', 'bist']).default('btcturk'),
  VENUE_BASE_URL: z.string().optional(),
  VENUE_FEED_URL: z.string().optional(),
  STORE_URL_FILE: z.string().min(1).optional(),
  DATA_DIR: z.string().min(1).default('executor-data'),
  CREDENTIALS_DIR: z.string().min(1).optional(),
  TOKENS_FILE: z.string().min(1).optional(),
  LISTEN: z
    .string()
    .regex(LISTEN, 'must be host:port, e.g. 127.0.0.1:8443')
    .default('127.0.0.1:8443'),
  PROBES_PORT: whole(0, 65_535, 'a port').default(8_080),
});
type Env = z.output<typeof Env>;

export interface StandaloneConfig {
  readonly spec: TradingExecutorSpec;
  readonly data: string;
  readonly credentials: string;
  /** Read only when the journal is in a database. */
  readonly storeUrl: string;
  readonly tokens: { readonly path: string; readonly isOurs: boolean };
  readonly listen: { readonly host: string; readonly https: number; readonly probes: number };
}

export type ParsedStandalone =
  | { readonly ok: true; readonly config: StandaloneConfig }
  /** Every fault at once, ready to be printed. */
  | { readonly ok: false; readonly faults: string };

/** The card's variables, and where to find the rest. Nothing wrong is guessed at. */
export function parseStandalone(env: Environment): ParsedStandalone {
  const parsed = Env.safeParse(env);
  const faults = misspelt(Object.keys(env), Object.keys(Env.shape));
  if (!parsed.success) faults.push(...parsed.error.issues.map(fault));
  const spec = specOf(parsed.success ? parsed.data : lenient(env));
  if (!spec.success) faults.push(...spec.error.issues.map(fault));
  if (!parsed.success || !spec.success || faults.length > 0) {
    const lines = faults.map((line) => `  ${line}`).join('\n');
    return { ok: false, faults: `the executor's environment is not right\n${lines}` };
  }
  const { data } = parsed;
  const folder = resolve(data.DATA_DIR);
  const { TOKENS_FILE: tokens } = data;
  return {
    ok: true,
    config: {
      spec: spec.data,
      data: folder,
      credentials: resolve(data.CREDENTIALS_DIR ?? join(folder, 'credentials')),
      storeUrl: resolve(data.STORE_URL_FILE ?? join(folder, 'store-url')),
      tokens: { path: resolve(tokens ?? join(folder, 'tokens')), isOurs: tokens === undefined },
      listen: { ...address(data.LISTEN), probes: data.PROBES_PORT },
    },
  };
}

/** What reads by itself, so that rules over several variables are judged at the same time. */
function lenient(env: Environment): Partial<Env> {
  return Object.fromEntries(
    Object.entries(Env.shape).flatMap(([name, schema]) => {
      const read = schema.safeParse(env[name]);
      return read.success ? [[name, read.data]] : [];
    }),
  );
}

/** The spec that would say the same under Kubernetes; judged by the very same rules. */
function specOf(env: Partial<Env>) {
  return TradingExecutorSpec.safeParse({
    mode: env.TRADING_MODE,
    killSwitch: env.KILL_SWITCH === '1',
    limits: {
      maxOrdersPerMinute: env.MAX_OPM,
      maxNotionalTryPerSecond: env.MAX_NOTIONAL_TRY_S,
    },
    whitelist: env.WHITELIST,
    clock: { maxDriftMs: env.CLOCK_DRIFT_MS },
    store:
      env.STORE_URL_FILE === undefined
        ? {}
        : { type: 'postgres', secretRef: { name: 'store-url-file' } },
    venue: {
      name: env.VENUE ?? 'btcturk',
      baseUrl: env.VENUE_BASE_URL,
      feedUrl: env.VENUE_FEED_URL,
      credentialsSecretRef: { name: 'credentials-dir' },
    },
  });
}

const variables: Readonly<Record<string, string>> = {
  whitelist: 'WHITELIST',
  'venue.baseUrl': 'VENUE_BASE_URL',
  'venue.feedUrl': 'VENUE_FEED_URL',
};

/** A rule over several variables has no path; its message names them. */
function fault({ path, message }: z.core.$ZodIssue): string {
  const name = variables[path.join('.')] ?? variables[String(path[0])] ?? path.join('.');
  return name === '' ? inOurWords(message) : `${name}: ${inOurWords(message)}`;
}

/** The spec's messages name its fields. */
const inOurWords = (message: string): string =>
  message.replaceAll('spec.mode to', 'TRADING_MODE to').replaceAll('spec.whitelist', 'WHITELIST');

function address(listen: string): { readonly host: string; readonly https: number } {
  const [, ipv6, host = ipv6 ?? '', port] = LISTEN.exec(listen) ?? [];
  return { host, https: Number(port) };
}
