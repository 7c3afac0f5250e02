import { z } from 'zod';
import { allPermissions } from './btcturk/authentication.ts';
import { SettingsOrder } from './btcturk/control.ts';
import { type KeyOptions, startBalances, startBtcturk, testKey } from './btcturk/simulator.ts';
import { startControl } from './control-server.ts';

const json = (fallback: unknown) =>
  z.preprocess((text, context) => {
    if (text === undefined || text === '') return fallback;
    try {
      return JSON.parse(String(text));
    } catch {
      context.addIssue({ code: 'custom', message: 'not JSON' });
      return z.NEVER;
    }
  }, z.unknown());

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const Key = z.strictObject({
  publicKey: z.string().min(1),
  privateKey: z.base64().min(1),
  account: z.string().optional(),
  permissions: z.array(z.enum(allPermissions as [string, ...string[]])).optional(),
});

const Env = z.object({
  HOST: z.string().default('0.0.0.0'),
  PORT: port(8080),
  CONTROL_PORT: port(8081),
  SEED: z.coerce.number().int().default(1),
  KEYS: json([testKey]).pipe(z.array(Key).min(1)),
  BALANCES: json(startBalances).pipe(z.record(z.string(), z.string())),
  SETTINGS: json({}).pipe(SettingsOrder),
});

const parsed = Env.safeParse(process.env);
if (!parsed.success) {
  process.stderr.write(`simulator configuration is invalid\n${z.prettifyError(parsed.error)}\n`);
  process.exit(1);
}
const {
  HOST: host,
  PORT,
  CONTROL_PORT,
  SEED: seed,
  KEYS,
  BALANCES: balances,
  SETTINGS,
} = parsed.data;
const settings = Object.fromEntries(
  Object.entries(SETTINGS).filter(([, value]) => value !== undefined),
);
const keys = KEYS as readonly KeyOptions[];
const venue = await startBtcturk({ port: PORT, host, seed, keys, balances, settings });
const control = await startControl(venue.control, { port: CONTROL_PORT, host });
process.stdout.write(`btcturk simulator on ${venue.url}, control on ${control.url}\n`);

const stop = async (): Promise<void> => {
  await Promise.all([venue.stop(), control.stop()]);
  process.exit(0);
};
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
