import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { whitelist } from '../../crds/trading-executor.ts';
import { limitsOf } from '../guards/guard.ts';
import { buildVersion } from '../version.ts';
import type { StandaloneConfig } from './config.ts';
import type { Reading } from './kill-file.ts';
import { certificateFile, killFile } from './surroundings.ts';

export const help = `Runs one executor without Kubernetes:  npm run executor -- --standalone

What it may do (the release card's variables):
  TRADING_MODE        paper (default) | trickle | live; live begins after a minute of trickle
  KILL_SWITCH         0 (default) | 1: killed, whatever POST /control says
  MAX_OPM             orders in any 60 s, 0 to 300; 30
  MAX_NOTIONAL_TRY_S  TRY in any second; 500. In trickle at most 30 and 500, whatever is set
  WHITELIST           symbols with commas between; BTCTRY,BTCUSDT (for bist: say which)
  CLOCK_DRIFT_MS      how far the clock may be from the venue's, 50 to 60000; 2000
Where things are:
  VENUE               btcturk (default) | bist, on paper only
  VENUE_BASE_URL      https://api.btcturk.com
  VENUE_FEED_URL      wss://ws-feed-pro.btcturk.com/; none when VENUE_BASE_URL is set without it
  STORE_URL_FILE      a file with postgres://…: the journal is there; without it, SQLite in DATA_DIR
  DATA_DIR            journal, kill switch, certificate; ./executor-data
  CREDENTIALS_DIR     files publicKey and privateKey, read again when they change; DATA_DIR/credentials
  TOKENS_FILE         lines "name role token", role trader | risk | reader; DATA_DIR/tokens, made at first
  LISTEN              host:port of the API, TLS; 127.0.0.1:8443
  PROBES_PORT         /livez, /readyz, /metrics on the same host, plain; 8080

POST /control {"killSwitch": true, "reason": "…"} kills (trader, risk), with false it lifts (risk). A kill outlives restarts.
`;

export interface Started {
  readonly config: StandaloneConfig;
  /** PEM. */
  readonly certificate: string;
  readonly ports: { readonly httpsPort: number; readonly probesPort: number };
  readonly kill: Reading;
  readonly hasKey: boolean;
}

/** What a person wants to read once it runs; never a token, never a key. */
export function notice(started: Started): string {
  const { config, certificate, ports } = started;
  const { spec, listen, data, credentials, tokens, storeUrl } = config;
  const { maxOrdersPerMinute, maxNotionalTryPerSecond } = limitsOf(spec, spec.mode);
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const key = started.hasKey ? 'present' : spec.mode === 'paper' ? 'not needed' : 'MISSING';
  const { fingerprint256 } = new X509Certificate(certificate);
  const rows = [
    ['mode', spec.mode === 'live' ? 'live, after a minute of trickle' : spec.mode],
    ['kill', killed(started)],
    [
      'limits',
      `${maxOrdersPerMinute} orders/min, ${maxNotionalTryPerSecond} TRY/s, clock within ${spec.clock.maxDriftMs} ms`,
    ],
    ['symbols', whitelist(spec).join(' ') || 'none'],
    ['venue', `${spec.venue.name} ${spec.venue.baseUrl ?? ''}`.trim()],
    ['key pair', `${key}, ${credentials}`],
    ['API', `https://${host}:${ports.httpsPort}, tokens in ${tokens.path}`],
    ['trust', `${certificateFile(data)}, SHA-256 ${fingerprint256}`],
    ['probes', `http://${host}:${ports.probesPort}/livez /readyz /metrics`],
    [
      'journal',
      spec.store.type === 'postgres' ? `the database of ${storeUrl}` : join(data, 'journal.sqlite'),
    ],
  ] as const;
  const lines = rows.map(([name, value]) => `  ${name.padEnd(9)} ${value}`);
  return `executor ${buildVersion.tag}, standalone\n${lines.join('\n')}\n`;
}

function killed({ config, kill }: Started): string {
  if (config.spec.killSwitch) return 'KILLED by KILL_SWITCH=1';
  const path = killFile(config.data);
  if (kill.kind === 'unreadable') return `KILLED: ${path} cannot be read`;
  if (!kill.kept.killSwitch) return 'off';
  return `KILLED by ${kill.kept.by} at ${kill.kept.at}: ${kill.kept.reason}`;
}
