import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { REPOSITORY } from '../cluster/bundle.ts';
import { type Btcturk, startBtcturk, testKey } from '../venue/btcturk/simulator.ts';
import { onlyTheSimulator } from '../venue/only-the-simulator.ts';
import { restingBuy, writeCredentials } from './start-executor.ts';

type Environment = Readonly<Record<string, string | undefined>>;
export type Who = 'trader' | 'risk' | 'reader';

/** The release card's variables, word for word. */
export const CARD = {
  TRADING_MODE: 'trickle',
  KILL_SWITCH: '0',
  MAX_OPM: '30',
  MAX_NOTIONAL_TRY_S: '500',
  WHITELIST: 'BTCTRY,BTCUSDT',
  CLOCK_DRIFT_MS: '2000',
} as const;

/** A real process, `node executor/main.ts --standalone`, and all it ever said. */
export class Alone {
  readonly data: string;
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #agent = new Agent({ connect: { rejectUnauthorized: false } });

  constructor(data: string, env: Environment, argv: readonly string[] = []) {
    this.data = data;
    const callsNobody = env.KUBERNETES_SERVICE_HOST !== undefined || env.VENUE === 'bist';
    if (!callsNobody) onlyTheSimulator(env.VENUE_BASE_URL);
    const args = [...argv, join(REPOSITORY, 'executor/main.ts'), '--standalone'];
    this.child = spawn(process.execPath, args, {
      cwd: data,
      env: {
        PATH: process.env.PATH,
        LISTEN: '127.0.0.1:0',
        PROBES_PORT: '0',
        DATA_DIR: data,
        ...env,
      },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves once it said where it listens; rejects when it ended instead. */
  async ready(): Promise<this> {
    await this.until(() => /journal .*\n/.test(this.stderr));
    return this;
  }

  async until(holds: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (this.child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`not reached (exit ${this.child.exitCode}):\n${this.stderr}${this.stdout}`);
      }
      await new Promise((next) => setTimeout(next, 10));
    }
  }

  /** The exit code, once it has ended by itself or by what was sent. */
  async ended(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal !== undefined) this.child.kill(signal);
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await once(this.child, 'close');
    }
    return this.child.exitCode;
  }

  get api(): string {
    return /API +(https:\S+),/.exec(this.stderr)?.[1] ?? '';
  }

  get probes(): string {
    return /probes +(http:\S+)\/livez/.exec(this.stderr)?.[1] ?? '';
  }

  token(who: Who): string {
    const lines = readFileSync(join(this.data, 'tokens'), 'utf8').split('\n');
    return lines.find((line) => line.startsWith(`${who} `))?.split(' ')[2] ?? '';
  }

  async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    options: { who?: Who; token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ) {
    const { who = 'trader', token = this.token(who), body, headers } = options;
    const response = await request(`${this.api}${path}`, {
      dispatcher: this.#agent,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests read answers as they come
    const answer: any = await response.body.json();
    return { status: response.statusCode, headers: response.headers, body: answer };
  }

  place(key: string, order: Record<string, unknown> = {}, who: Who = 'trader') {
    const body = { ...restingBuy, ...order };
    return this.call('POST', '/place', { who, body, headers: { 'idempotency-key': key } });
  }

  control(killSwitch: boolean, who: Who = 'risk') {
    return this.call('POST', '/control', { who, body: { killSwitch, reason: 'a drill' } });
  }

  async untilGate(gate: 'open' | 'shut'): Promise<void> {
    await this.until(async () => (await this.call('GET', '/control')).body.gate === gate);
  }

  async end(): Promise<void> {
    if (this.child.exitCode === null) await this.ended('SIGKILL');
    await this.#agent.destroy();
  }
}

/** One venue, one data folder, and the processes that live on it one after the other. */
export class Machine {
  readonly venue: Btcturk;
  readonly data = mkdtempSync(join(tmpdir(), 'executor-alone-'));
  readonly #processes: Alone[] = [];

  constructor(venue: Btcturk) {
    this.venue = venue;
    writeCredentials(join(this.data, 'credentials'), testKey);
  }

  static async start(): Promise<Machine> {
    return new Machine(await startBtcturk());
  }

  get killFile(): string {
    return join(this.data, 'kill-switch.json');
  }

  get orders(): number {
    return this.venue.ledger().orders.length;
  }

  get open(): number {
    return this.venue.ledger().orders.filter(({ isOpen }) => isOpen).length;
  }

  spawn(env: Environment = CARD, argv: readonly string[] = []): Alone {
    const alone = new Alone(this.data, { VENUE_BASE_URL: this.venue.url, ...env }, argv);
    this.#processes.push(alone);
    return alone;
  }

  run(env: Environment = CARD): Promise<Alone> {
    return this.spawn(env).ready();
  }

  mode(file: string): number {
    return statSync(join(this.data, file)).mode & 0o777;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.end()));
    await this.venue.stop();
    if (existsSync(this.data)) rmSync(this.data, { recursive: true, force: true });
  }
}
