import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CARD, Machine } from './start-alone.ts';

// Each test starts real processes.
vi.setConfig({ testTimeout: 30_000 });

let machine: Machine;
beforeEach(async () => {
  machine = await Machine.start();
});
afterEach(() => machine.stop());

const refused = [403, 'KILL_SWITCH_ACTIVE'];
const codes = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [
  status,
  body.error?.code,
];

describe('an executor that runs alone', () => {
  it('trades within the card’s variables, and says at its start what they are', async () => {
    const alone = await machine.run();
    await alone.untilGate('open');
    expect((await alone.place('a')).status).toBe(201);
    expect(codes(await alone.place('b', { symbol: 'ETHTRY' }))).toEqual([
      403,
      'SYMBOL_NOT_ALLOWED',
    ]);
    const large = await alone.place('c', { quantity: '0.0006' });
    expect(codes(large)).toEqual([422, 'NOTIONAL_PER_ORDER']);
    expect(machine.venue.ledger().orders).toHaveLength(1);
    for (const said of [
      /mode +trickle/,
      /kill +off/,
      /30 orders\/min, 500 TRY\/s, clock within 2000 ms/,
      /BTCTRY BTCUSDT/,
      /SHA-256 ([0-9A-F]{2}:){31}/,
      /journal .*journal\.sqlite/,
    ]) {
      expect(alone.stderr).toMatch(said);
    }
  });

  it('whose database is away after a restart can empty the account, and ends when it is asked to', async () => {
    const alone = await machine.run();
    await alone.untilGate('open');
    expect((await alone.place('a')).status).toBe(201);
    await alone.ended('SIGKILL');
    const url = join(machine.data, 'url');
    writeFileSync(url, 'postgresql://desk:password@127.0.0.1:1/journal');
    const again = await machine.run({ ...CARD, STORE_URL_FILE: url });
    await again.until(() => again.stdout.includes('cannot be written'));
    expect(codes(await again.call('POST', '/orders/cancel-all'))).toEqual([503, 'RECONCILING']);
    expect(machine.open).toBe(1);
    const { status, body } = await again.call('POST', '/orders/cancel-all?scope=account');
    expect([status, body.foreign]).toEqual([200, { requested: 1, failed: 0 }]);
    await again.until(() => machine.open === 0);
    expect(await again.ended('SIGTERM')).toBe(0);
  });

  it('without TRADING_MODE is on paper, and sends no order to the venue', async () => {
    const alone = await machine.run({});
    await alone.untilGate('open');
    expect((await alone.place('a')).body.order.mode).toBe('paper');
    expect(machine.orders).toBe(0);
  });

  it('asked for live, sends its first minute of orders in trickle', async () => {
    const alone = await machine.run({ ...CARD, TRADING_MODE: 'live', MAX_NOTIONAL_TRY_S: '9000' });
    await alone.untilGate('open');
    expect((await alone.place('a')).body.order.mode).toBe('trickle');
    const large = await alone.place('b', { quantity: '0.0006' });
    expect(codes(large)).toEqual([422, 'NOTIONAL_PER_ORDER']);
  });

  it('lets trader, risk and reader do what their roles say, and a foreign token nothing', async () => {
    const alone = await machine.run();
    await alone.untilGate('open');
    const { order } = (await alone.place('a')).body;
    const table: Record<string, number[]> = {};
    for (const who of ['reader', 'trader', 'risk'] as const) {
      const place = await alone.place(`by-${who}`, {}, who);
      const cancel = await alone.call('DELETE', `/orders/${order.id}`, { who });
      const kill = await alone.control(true, who);
      const lift = await alone.control(false, who);
      table[who] = [place, cancel, kill, lift].map(({ status }) => status);
      await alone.control(false);
      await alone.untilGate('open');
    }
    expect(table).toEqual({
      reader: [403, 403, 403, 403],
      trader: [201, 200, 200, 403],
      risk: [403, 200, 200, 200],
    });
    const stranger = await alone.call('GET', '/control', { token: 'x'.repeat(48) });
    expect(codes(stranger)).toEqual([401, 'TOKEN_INVALID']);
  });

  it('knows a token that was added, and not one that was taken out, without a restart', async () => {
    const alone = await machine.run();
    const old = alone.token('reader');
    const file = join(machine.data, 'tokens');
    const text = readFileSync(file, 'utf8');
    const fresh = 'f'.repeat(40);
    writeFileSync(file, text.replace(old, fresh));
    const status = async (token: string) => (await alone.call('GET', '/control', { token })).status;
    await alone.until(async () => (await status(fresh)) === 200);
    expect(await status(old)).toBe(401);
    appendFileSync(file, 'reader trader short\n');
    await alone.until(async () => {
      expect(await status(fresh)).toBe(200);
      return alone.stdout.includes('the token file is wrong');
    });
    expect(alone.stdout).not.toContain(fresh);
  });

  it('keeps what is secret to its own user', async () => {
    await machine.run();
    expect(['tokens', 'tls/tls.key', 'kill-switch.json'].map((file) => machine.mode(file))).toEqual(
      [0o600, 0o600, 0o600],
    );
    expect(machine.mode('ca.crt')).toBe(0o644);
  });
});

describe('a kill by POST /control', () => {
  it('shuts the gate, cancels what is open, and outlives SIGKILL until it is lifted', async () => {
    const first = await machine.run();
    await first.untilGate('open');
    await first.place('a');
    expect(machine.open).toBe(1);
    const killed = await first.control(true, 'trader');
    expect(killed.status).toBe(200);
    expect(killed.body).toMatchObject({
      gate: 'shut',
      shutReasons: ['KillSwitch'],
      kill: { killSwitch: true, by: 'trader', reason: 'a drill', environment: false },
    });
    expect(codes(await first.place('b'))).toEqual(refused);
    await first.until(() => machine.open === 0);
    await first.ended('SIGKILL');
    const second = await machine.run();
    expect(second.stderr).toMatch(/kill +KILLED by trader at .*: a drill/);
    await second.until(async () => codes(await second.place('c'))[1] === 'KILL_SWITCH_ACTIVE');
    expect((await second.control(false)).status).toBe(200);
    await second.untilGate('open');
    expect((await second.place('d')).status).toBe(201);
    await second.ended('SIGKILL');
    const third = await machine.run();
    await third.untilGate('open');
  });

  it('is shut in the turn it was asked in, also when the disk does not take it', async () => {
    const alone = await machine.run();
    await alone.untilGate('open');
    // A folder where the new file would be written.
    mkdirSync(`${machine.killFile}.new`);
    expect(codes(await alone.control(true))).toEqual([503, 'CONTROL_NOT_DURABLE']);
    expect(codes(await alone.place('a'))).toEqual(refused);
    expect(codes(await alone.control(false))).toEqual([503, 'CONTROL_NOT_DURABLE']);
    expect(codes(await alone.place('a'))).toEqual(refused);
    rmSync(`${machine.killFile}.new`, { recursive: true });
    expect((await alone.control(false)).status).toBe(200);
    await alone.untilGate('open');
  });

  it('does not lift KILL_SWITCH=1, nor does KILL_SWITCH=0 lift it', async () => {
    const first = await machine.run({ ...CARD, KILL_SWITCH: '1' });
    expect(codes(await first.control(false))).toEqual([409, 'KILL_SWITCH_IN_ENVIRONMENT']);
    expect(codes(await first.place('a'))).toEqual(refused);
    await first.control(true);
    await first.ended('SIGTERM');
    const second = await machine.run();
    await second.until(async () => codes(await second.place('a'))[1] === 'KILL_SWITCH_ACTIVE');
  });

  it('is what a file that is damaged, strange or gone counts as, until one lifts it', async () => {
    const first = await machine.run();
    const { killFile } = machine;
    for (const spoil of [
      () => writeFileSync(killFile, '{"killSwitch":fal'),
      () => writeFileSync(killFile, '{"killSwitch":"no"}'),
      () => rmSync(killFile),
    ]) {
      expect((await first.control(false)).status).toBe(200);
      await first.untilGate('open');
      spoil();
      await first.untilGate('shut');
      expect(codes(await first.place('a'))).toEqual(refused);
    }
    await first.ended('SIGKILL');
    const second = await machine.run();
    expect(second.stderr).toMatch(/KILLED: .* cannot be read/);
    await second.until(async () => codes(await second.place('b'))[1] === 'KILL_SWITCH_ACTIVE');
    expect((await second.control(false)).status).toBe(200);
    await second.untilGate('open');
  });

  it('is refused with what to send when it does not read', async () => {
    const alone = await machine.run();
    const bodies = [undefined, {}, { killSwitch: true }, { killSwitch: 'yes', reason: 'x' }];
    for (const body of bodies) {
      const answer = await alone.call('POST', '/control', { who: 'risk', body });
      expect(codes(answer)).toEqual([422, 'INVALID_CONTROL']);
      expect(answer.body.error.message).toContain('"killSwitch": true');
    }
  });
});

describe('a data folder', () => {
  it('takes one process; the second is told which; a dead one is taken over', async () => {
    const first = await machine.run();
    const second = machine.spawn();
    expect(await second.ended()).toBe(1);
    expect(second.stderr).toContain(`in use by process ${first.pid} on `);
    expect(second.stdout).toBe('');
    await first.ended('SIGKILL');
    const third = await machine.run();
    await third.untilGate('open');
  });
});

describe('what it cannot start with', () => {
  it('is said in one line: a folder it may not write, a port in use, tokens it cannot read', async () => {
    const first = await machine.run();
    const port = new URL(first.api).port;
    const other = join(machine.data, 'other');
    const rows: [Record<string, string>, string][] = [
      [{ DATA_DIR: join(machine.killFile, 'x') }, 'DATA_DIR cannot be written'],
      [{ DATA_DIR: other, LISTEN: `127.0.0.1:${port}` }, 'choose another LISTEN'],
      [{ DATA_DIR: other, TOKENS_FILE: '/nowhere' }, 'TOKENS_FILE cannot be read'],
    ];
    for (const [env, said] of rows) {
      const second = machine.spawn({ ...CARD, ...env });
      expect(await second.ended()).toBe(1);
      expect(second.stderr).toContain(said);
      expect(second.stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});

describe('inside Kubernetes', () => {
  it('it does not start alone', async () => {
    const alone = machine.spawn({ ...CARD, KUBERNETES_SERVICE_HOST: '10.96.0.1' });
    expect(await alone.ended()).toBe(1);
    expect(alone.stderr).toContain('does not start inside Kubernetes');
  });
});
