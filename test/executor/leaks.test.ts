import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { executorLog } from '../../executor/log.ts';
import { loggable, without } from '../../executor/redact.ts';
import { startBtcturk } from '../venue/btcturk/simulator.ts';
import { startEchoDatabase } from './echo-database.ts';
import { type EchoVenue, startEchoVenue } from './echo-venue.ts';
import { CARD, Machine } from './start-alone.ts';
import { startExecutor, writeCredentials } from './start-executor.ts';

// Real processes.
vi.setConfig({ testTimeout: 40_000 });

const planted = {
  publicKey: 'PLANTED-public-key-0123456789',
  privateKey: Buffer.from('PLANTED/private?key>that+must<never leave').toString('base64'),
};
/** These hold secrets on purpose. */
const SECRET_FILES = /(^|\/)(tokens|tls\.key|publicKey|privateKey|store-url)$/;

let machine: Machine;
let echo: EchoVenue;
beforeEach(async () => {
  machine = await Machine.start();
  echo = await startEchoVenue([planted.privateKey]);
  writeCredentials(join(machine.data, 'credentials'), planted);
});
afterEach(async () => {
  await machine.stop();
  await echo.stop();
});

/** Every file the process has written, as bytes. */
const files = (): string =>
  readdirSync(machine.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !SECRET_FILES.test(path))
    .map((path) => `${path}\n${readFileSync(path, 'latin1')}`)
    .join('\n');

/** A diagnostic report on SIGUSR2 and on a crash, into the data folder; SIGHUP is the crash. */
function crashable(): { readonly argv: string[]; readonly env: Record<string, string> } {
  const preload = join(machine.data, 'crash.mjs');
  writeFileSync(preload, "process.on('SIGHUP', () => { throw new Error('planned crash'); });\n");
  const report = ['--report-on-signal', '--report-uncaught-exception', '--report-on-fatalerror'];
  return {
    argv: ['--import', preload],
    env: { NODE_OPTIONS: `${report.join(' ')} --report-directory=${machine.data}` },
  };
}

describe('a planted secret', () => {
  it('is in no answer, header, log line, metric, journal or report, though the venue repeats it', async () => {
    const { argv, env } = crashable();
    const canary = 'CANARY-of-the-environment';
    const alone = await machine
      .spawn(
        { ...CARD, ...env, CANARY: canary, VENUE_BASE_URL: echo.url, MAX_NOTIONAL_TRY_S: '500' },
        argv,
      )
      .ready();
    await alone.untilGate('open');
    const said: unknown[] = [];
    const ask = async (what: Promise<unknown>) => said.push(await what);
    await alone.until(async () => (await alone.place(`warm-${said.length}`)).status !== 503);
    for (let round = 0; round < 6; round += 1) {
      await ask(alone.place(`order-${round}`, { quantity: '0.00001' }));
      await ask(alone.call('GET', '/balances'));
      await ask(alone.call('POST', '/orders/cancel-all?scope=account'));
    }
    const { orders } = (await alone.call('GET', '/orders')).body;
    for (const { id } of orders) await ask(alone.call('DELETE', `/orders/${id}`));
    await ask(alone.call('GET', '/orders'));
    await ask(alone.call('GET', '/audit/summary'));
    await ask(alone.call('GET', '/nowhere'));
    await ask(alone.call('POST', '/place', { headers: { 'content-type': 'application/json' } }));
    await ask(alone.control(true, 'trader'));
    await ask(alone.call('GET', '/control', { token: `${alone.token('risk')}x` }));
    const metrics = await (await request(`${alone.probes}/metrics`)).body.text();
    // A key that no header can carry makes the signed request throw.
    writeCredentials(join(machine.data, 'credentials'), {
      ...planted,
      publicKey: `${planted.publicKey}\nü`,
    });
    await alone.control(false);
    await alone.untilGate('open');
    await alone.until(async () => {
      const answer = await alone.call('GET', '/balances');
      said.push(answer);
      return /header/.test(JSON.stringify(answer.body));
    });
    await ask(alone.place('malformed', { quantity: '0.00001' }));
    const tokens = ['trader', 'risk', 'reader'].map((who) => alone.token(who as 'trader'));
    alone.child.kill('SIGUSR2');
    await alone.until(() => readdirSync(machine.data).some((name) => name.startsWith('report.')));
    expect(await alone.ended('SIGHUP')).toBe(1);
    expect(alone.stdout).toContain('planned crash');
    const written = files();
    expect(written).toContain('"javascriptStack"');
    const haystack = [JSON.stringify(said), metrics, alone.stdout, alone.stderr, written].join(
      '\n',
    );
    expect(haystack).toContain('refused [removed] and [removed]');
    const tls = readFileSync(join(machine.data, 'tls', 'tls.key'), 'utf8').split('\n')[1] ?? '';
    const signatures = echo.signatures.filter((one) => one !== 'undefined');
    expect(signatures.length).toBeGreaterThan(5);
    const { publicKey, privateKey } = planted;
    for (const needle of [
      publicKey,
      privateKey,
      'PLANTED',
      tls,
      canary,
      ...tokens,
      ...signatures,
    ]) {
      expect(needle.length).toBeGreaterThan(5);
      expect(haystack.includes(needle), `${needle} is in ${around(haystack, needle)}`).toBe(false);
    }
  });

  it.each([
    ['as a URL wants it', encodeURIComponent],
    ['with an @ left as it is', (text: string) => encodeURIComponent(text).replaceAll('%40', '@')],
  ])(
    'in the address of the journal, %s, is in none of these either, though the database refuses and repeats it',
    async (_how, written) => {
      const database = await startEchoDatabase();
      const password = 'PLANTED@pass/word?+%41 of the store';
      const storeUrl = join(machine.data, 'store-url');
      const url = `postgresql://desk:${written(password)}@127.0.0.1:${database.port}/journal`;
      writeFileSync(storeUrl, `${url}\n`);
      const { argv, env } = crashable();
      try {
        const alone = await machine
          .spawn({ ...CARD, ...env, STORE_URL_FILE: storeUrl }, argv)
          .ready();
        await alone.until(() => alone.stdout.includes('cannot be written'));
        const said: unknown[] = [];
        for (const path of ['/control', '/orders', '/audit/summary', '/audit/export']) {
          said.push(await alone.call('GET', path));
        }
        said.push(await alone.place('refused'), await alone.control(true));
        const metrics = await (await request(`${alone.probes}/metrics`)).body.text();
        alone.child.kill('SIGUSR2');
        await alone.until(() =>
          readdirSync(machine.data).some((name) => name.startsWith('report.')),
        );
        expect(await alone.ended('SIGHUP')).toBe(1);
        expect(database.passwords).toContain(password);
        const haystack = [JSON.stringify(said), metrics, alone.stdout, alone.stderr, files()].join(
          '\n',
        );
        expect(haystack).toContain('refused [removed] and [removed]');
        for (const needle of [password, 'PLANTED', 'of the store', written(password)]) {
          expect(haystack.includes(needle), around(haystack, needle)).toBe(false);
        }
      } finally {
        await database.stop();
      }
    },
  );

  it('stays out of a core dump: no memory of the process is written into one', async () => {
    const alone = await machine.run();
    const filter = readFileSync(`/proc/${alone.pid}/coredump_filter`, 'utf8');
    expect(Number.parseInt(filter, 16)).toBe(0);
  });
});

const around = (text: string, needle: string): string => {
  const at = text.indexOf(needle);
  return text.slice(Math.max(0, at - 200), at + 100);
};

describe('a key pair', () => {
  it('that is changed on disk is used from then on, and the old one never again', async () => {
    const [old, fresh] = [planted, { ...planted, publicKey: 'the-next-key' }];
    const simulator = await startBtcturk({ keys: [old, fresh] });
    const rig = await startExecutor({ simulator, credentials: old });
    try {
      expect((await rig.place()).status).toBe(201);
      writeCredentials(join(rig.folder, 'credentials'), fresh);
      const used = () =>
        rig.venue.ledger().requests.flatMap(({ publicKey }) => (publicKey ? [publicKey] : []));
      await expect
        .poll(() => rig.call('GET', '/balances').then(() => used().at(-1)), { timeout: 5_000 })
        .toBe(fresh.publicKey);
      const placed = await rig.place();
      expect(placed.status, JSON.stringify(placed.body)).toBe(201);
      expect((await rig.call('POST', '/orders/cancel-all')).status).toBe(200);
      const after = used().slice(used().indexOf(fresh.publicKey));
      expect(new Set(after)).toEqual(new Set([fresh.publicKey]));
    } finally {
      await rig.stop();
    }
  });
});

describe('a log line', () => {
  it('loses what looks like a secret, wherever it is', () => {
    const lines: string[] = [];
    const log = executorLog({}, { write: (line) => void lines.push(line) });
    const url = 'postgres://desk:PLANTED-pass%2Fword@db:5432/journal';
    const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJQTEFOVEVEIn0.PLANTED_signature';
    const pem = '-----BEGIN PRIVATE KEY-----\nPLANTED\n-----END PRIVATE KEY-----\n';
    log.error({ err: new Error(`cannot connect to ${url}`) }, `Bearer PLANTED.token`);
    log.info({ nested: { deep: { deeper: [jwt, pem] } }, headers: { authorization: 'PLANTED' } });
    expect(lines.join('')).not.toContain('PLANTED');
    log.info({ cut: '-----BEGIN EC PRIVATE KEY-----\nPLANTED' }, 'and what follows');
    expect(lines.join('')).not.toContain('PLANTED');
    expect(lines.map((line) => JSON.parse(line).msg).at(-1)).toBe('and what follows');
    expect(loggable('nothing to hide: https://localhost:8443/x?y=a@b')).toContain('8443/x?y=a@b');
  });

  it('and an answer lose a known secret in every spelling', () => {
    const secret = 'ab/cd+ef"gh==';
    const json = JSON.stringify({ a: secret });
    const spelt = [secret, json, json.replaceAll('/', '\\/'), encodeURIComponent(secret)];
    expect(without([secret], spelt.join(' '))).toBe(
      '[removed] {"a":"[removed]"} {"a":"[removed]"} [removed]',
    );
    expect(without(['', 'short'], 'too short to be one')).toBe('too short to be one');
  });
});
