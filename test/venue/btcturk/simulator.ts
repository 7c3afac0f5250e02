import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ApiKey, allPermissions } from './authentication.ts';
import { Control } from './control.ts';
import { Feed } from './feed.ts';
import type { LedgerFilter, LedgerView } from './ledger.ts';
import type { Settings } from './settings.ts';
import { Venue } from './venue.ts';
import { Wire } from './wire.ts';

/** A key pair without the parts that have an obvious default. */
export interface KeyOptions {
  readonly publicKey: string;
  /** base64, as the venue hands it out. */
  readonly privateKey: string;
  readonly account?: string;
  readonly permissions?: ApiKey['permissions'];
}

export interface BtcturkOptions {
  readonly port?: number;
  readonly host?: string;
  readonly seed?: number;
  /** True wall clock in ms. */
  readonly now?: () => number;
  readonly keys?: readonly KeyOptions[];
  /** What every account owns at the start, asset to decimal string. */
  readonly balances?: Readonly<Record<string, string>>;
  readonly settings?: Partial<Settings>;
  readonly firstOrderId?: bigint;
}

export interface Btcturk {
  /** Base address, without a trailing slash. */
  readonly url: string;
  /** Address of the WebSocket feed. */
  readonly feedUrl: string;
  readonly control: Control;
  readonly ledger: (filter?: LedgerFilter) => LedgerView;
  /** Closes every connection, the hanging ones too. */
  readonly stop: () => Promise<void>;
}

/** The published test vector's key: for tests only, it opens nothing anywhere. */
export const testKey: KeyOptions = {
  publicKey: '11111111-2222-3333-4444-555555555555',
  privateKey: 'c3BhcmstdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE=',
};

export const startBalances: Readonly<Record<string, string>> = {
  TRY: '10000000',
  USDT: '250000',
  BTC: '10',
  ETH: '100',
  LDO: '10000',
};

const FIRST_ORDER_ID = 26_947_521_557n;

/** Starts a BTCTurk simulator on its own port (a free one unless given). */
export async function startBtcturk(options: BtcturkOptions = {}): Promise<Btcturk> {
  const { port = 0, host = '127.0.0.1', seed = 1, now = Date.now } = options;
  const keys = (options.keys ?? [testKey]).map((key) => ({
    account: 'main',
    permissions: allPermissions,
    ...key,
  }));
  const venue = new Venue({
    keys,
    seed,
    now,
    balances: options.balances ?? startBalances,
    settings: options.settings ?? {},
    firstOrderId: options.firstOrderId ?? FIRST_ORDER_ID,
  });
  const wire = new Wire(venue);
  wire.server.listen(port, host);
  await once(wire.server, 'listening');
  const feed = new Feed(venue, wire.server, seed);
  const control = new Control(venue, { wire, feed });
  const { port: bound } = wire.server.address() as AddressInfo;
  const authority = `${host === '0.0.0.0' ? '127.0.0.1' : host}:${bound}`;
  return {
    url: `http://${authority}`,
    feedUrl: `ws://${authority}/`,
    control,
    ledger: (filter) => control.ledger(filter),
    stop: async () => {
      venue.timers.clear();
      feed.stop();
      const closed = once(wire.server, 'close');
      wire.server.close();
      wire.server.closeAllConnections();
      await closed;
    },
  };
}
