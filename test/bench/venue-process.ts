import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FaultOrder } from '../venue/btcturk/faults.ts';
import type { LedgerView } from '../venue/btcturk/ledger.ts';
import type { Settings } from '../venue/btcturk/settings.ts';
import type { KeyOptions } from '../venue/btcturk/simulator.ts';

const LIMITS_OFF: Partial<Settings> = { limiter: false };

/** The simulator as a process of its own. */
export interface VenueProcess {
  readonly url: string;
  readonly pid: number;
  readonly keys: readonly KeyOptions[];
  ledger(): Promise<LedgerView>;
  fault(fault: FaultOrder): Promise<void>;
  /** Positive: the venue's clock is ahead. */
  skew(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Each key is of an account of its own: several senders on one would meet each other's stamps. */
export async function startVenue(
  keyCount = 1,
  settings: Partial<Settings> = LIMITS_OFF,
): Promise<VenueProcess> {
  const keys = Array.from({ length: keyCount }, (_, at) => ({
    publicKey: `bench-${at}-${randomBytes(6).toString('hex')}`,
    privateKey: randomBytes(32).toString('base64'),
    account: `account-${at}`,
  }));
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../venue/main.ts', import.meta.url))],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...{ HOST: '127.0.0.1', PORT: '0', CONTROL_PORT: '0' },
        ...{ KEYS: JSON.stringify(keys), SETTINGS: JSON.stringify(settings) },
        BALANCES: JSON.stringify({ TRY: '999999999', USDT: '999999999', BTC: '99999' }),
      },
    },
  );
  const end = () => child.kill();
  process.once('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1)); // otherwise `exit` is never told
  }
  const [line] = await once(createInterface(child.stdout), 'line');
  const [, url = '', control = ''] = / on (\S+), control on (\S+)/.exec(String(line)) ?? [];
  const lever = async (method: string, path: string, body?: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const order = body === undefined ? {} : { body: JSON.stringify(body), headers };
    const answer = await fetch(`${control}${path}`, { method, ...order });
    if (!answer.ok) throw new Error(`venue ${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  return {
    ...{ url, pid: child.pid ?? 0, keys },
    ledger: async () => (await lever('GET', '/ledger')) as LedgerView,
    fault: async (fault) => void (await lever('POST', '/faults', fault)),
    skew: async (skewMs) => void (await lever('POST', '/clock', { skewMs })),
    stop: async () => {
      process.off('exit', end);
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
