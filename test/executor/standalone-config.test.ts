import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GateView } from '../../executor/gate/gate.ts';
import { parseStandalone } from '../../executor/standalone/config.ts';
import { bottom, climb } from '../../executor/standalone/ladder.ts';
import { misspelt } from '../../executor/standalone/misspelt.ts';
import { insideKubernetes } from '../../executor/standalone/refuse.ts';
import { parseTokens } from '../../executor/standalone/token-file.ts';
import { CARD } from './start-alone.ts';

const faultsOf = (env: Record<string, string>): string => {
  const parsed = parseStandalone(env);
  return parsed.ok ? '' : parsed.faults;
};

describe('the variables', () => {
  it('of the card become the spec that would say the same', () => {
    const parsed = parseStandalone({ ...CARD, DATA_DIR: '/data', LISTEN: '[::1]:9443' });
    expect(parsed).toMatchObject({
      ok: true,
      config: {
        spec: {
          mode: 'trickle',
          killSwitch: false,
          limits: { maxOrdersPerMinute: 30, maxNotionalTryPerSecond: 500 },
          whitelist: ['BTCTRY', 'BTCUSDT'],
          clock: { maxDriftMs: 2_000 },
        },
        credentials: resolve('/data/credentials'),
        tokens: { path: resolve('/data/tokens'), isOurs: true },
        listen: { host: '::1', https: 9_443, probes: 8_080 },
      },
    });
  });

  it('are paper and not killed when there are none', () => {
    const parsed = parseStandalone({});
    expect(parsed.ok && [parsed.config.spec.mode, parsed.config.spec.killSwitch]).toEqual([
      'paper',
      false,
    ]);
  });

  it('an empty WHITELIST allows nothing', () => {
    const parsed = parseStandalone({ WHITELIST: '' });
    expect(parsed.ok && parsed.config.spec.whitelist).toEqual([]);
  });

  it.each([
    ['TRADING_MODE', 'Live'],
    ['TRADING_MODE', ''],
    ['KILL_SWITCH', 'yes'],
    ['KILL_SWITCH', 'true'],
    ['KILL_SWITCH', ''],
    ['KILL_SWITCH', ' 1'],
    ['MAX_OPM', '1e3'],
    ['MAX_OPM', '301'],
    ['MAX_OPM', '-1'],
    ['MAX_OPM', ''],
    ['MAX_NOTIONAL_TRY_S', '500.5'],
    ['WHITELIST', 'BTCTRY;BTCUSDT'],
    ['WHITELIST', 'BTCTRY,BTCTRY'],
    ['CLOCK_DRIFT_MS', '0'],
    ['VENUE', 'binance'],
    ['VENUE_BASE_URL', 'https://api.btcturk.com/api/v1'],
    ['VENUE_FEED_URL', 'https://api.btcturk.com/'],
    ['LISTEN', '8443'],
    ['PROBES_PORT', '99999'],
  ])('%s=%s is refused by name', (name, value) => {
    expect(faultsOf({ ...CARD, [name]: value })).toContain(`  ${name}: `);
  });

  it('name all their faults at once, also those between two of them', () => {
    const faults = faultsOf({
      VENUE: 'bist',
      TRADING_MODE: 'live',
      KILL_SWITCH: 'on',
      MAX_OMP: '1',
    });
    for (const said of [
      'KILL_SWITCH: must be 0 or 1',
      'MAX_OMP: is not a variable of ours; MAX_OPM was meant?',
      'set TRADING_MODE to paper',
      'venue bist needs WHITELIST',
    ]) {
      expect(faults).toContain(said);
    }
  });

  it('that are misspelt are refused; foreign ones are nobody’s business', () => {
    const slips = ['KILLSWITCH', 'KILL_SWICH', 'TRADING_MOD', 'MAX_NOTIONAL_TRY', 'whitelist'];
    expect(misspelt(slips, [])).toHaveLength(slips.length);
    const foreign = ['PATH', 'HOME', 'MAXIMUM', 'LISTEN_FDS', 'WHITE', 'TRADING', 'KILL', 'CLOCK'];
    expect(misspelt([...foreign, ...Object.keys(CARD)], [])).toEqual([]);
    // The simulator's address under a wrong name would be the real venue.
    expect(faultsOf({ ...CARD, VENUE_URL: 'http://127.0.0.1:9080' })).toContain(
      'VENUE_URL: is not a variable of ours; VENUE_BASE_URL and VENUE_FEED_URL are',
    );
  });
});

describe('a place to run alone', () => {
  it('is no pod', () => {
    expect(insideKubernetes({}, () => false)).toBeUndefined();
    expect(insideKubernetes({ KUBERNETES_SERVICE_HOST: '' }, () => false)).toContain('is set');
    expect(insideKubernetes({}, () => true)).toContain('is mounted');
  });
});

describe('the rungs', () => {
  const view = (change: Partial<GateView>): GateView => ({
    ...{ open: true, reasons: [], killed: false, mode: 'trickle', ...change },
  });
  const at = (now: number) => ({ now, holdMs: 60_000 });

  it('are climbed by a minute of open trickle without a break', () => {
    const held = climb(bottom, view({}), at(1_000));
    expect(climb(held, view({}), at(60_999)).reached).toBe('paper');
    expect(climb(held, view({}), at(61_000)).reached).toBe('trickle');
    const broken = climb(held, view({ open: false }), at(30_000));
    expect(climb(broken, view({}), at(61_000)).reached).toBe('paper');
  });

  it('are left by a kill, and by nothing less', () => {
    const top = { reached: 'trickle', heldSince: 0 } as const;
    expect(climb(top, view({ open: false, mode: 'live' }), at(1))).toBe(top);
    expect(climb(top, view({ open: false, killed: true }), at(1))).toBe(bottom);
  });
});

describe('a token file', () => {
  const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];

  it('gives a name one role and as many tokens as a rotation needs', () => {
    const parsed = parseTokens(`# ours\ndesk trader ${a}\n\ndesk  trader\t${b} # the next one\r\n`);
    expect(parsed.ok && parsed.entries.map(({ name, role }) => [name, role])).toEqual([
      ['desk', 'trader'],
      ['desk', 'trader'],
    ]);
  });

  it('names its faults by line, and shows no token', () => {
    const text = `desk trader ${a}\ndesk risk ${b}\nx root ${'c'.repeat(32)}\ny risk short\nz risk ${a}\nq`;
    const parsed = parseTokens(text);
    const faults = parsed.ok ? '' : parsed.faults;
    expect(faults.match(/line [0-9]/g)).toEqual(['line 2', 'line 3', 'line 4', 'line 5', 'line 6']);
    for (const token of [a, b, 'ccc', 'short']) expect(faults).not.toContain(token);
  });
});
