import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { ControlReport } from '../../crds/control.ts';
import { type KeyOptions, testKey } from '../venue/btcturk/simulator.ts';
import type { SenderNews, SenderOrders, StopPoint } from './sender-process.ts';
import { type Answer, restingBuy, writeCredentials } from './start-executor.ts';

export type SenderTerms = Omit<SenderOrders, 'folder'> & {
  /** Whose orders it takes. */
  readonly caller: string;
  readonly credentials?: KeyOptions;
};

/** An executor in a process of its own, which can be stopped in the middle of an order. */
export class SenderProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #caller: string;
  readonly #agent = new Agent({ connect: { rejectUnauthorized: false } });
  #port = 0;

  private constructor(child: ChildProcess, folder: string, caller: string) {
    this.#child = child;
    this.#folder = folder;
    this.#caller = caller;
  }

  static async start({ caller, credentials, ...terms }: SenderTerms): Promise<SenderProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'sender-'));
    writeCredentials(join(folder, 'credentials'), credentials ?? testKey);
    const child = fork(join(import.meta.dirname, 'sender-process.ts'), { execArgv: [] });
    const sender = new SenderProcess(child, folder, caller);
    child.send({ run: { ...terms, folder } });
    const [{ httpsPort }] = (await once(child, 'message')) as [SenderNews];
    sender.#port = httpsPort;
    return sender;
  }

  arm(point: StopPoint): Promise<void> {
    return new Promise((sent, failed) => {
      this.#child.send({ arm: point }, (fault) => (fault ? failed(fault) : sent()));
    });
  }

  /** Until all of it stands still. */
  async standing(): Promise<void> {
    await this.#poll('it stands still', async () => {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'T';
    });
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }

  place(key: string = randomUUID()): Promise<Answer> {
    return this.call('POST', '/place', { body: restingBuy, headers: { 'idempotency-key': key } });
  }

  async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await request(`https://127.0.0.1:${this.#port}${path}`, {
      dispatcher: this.#agent,
      method,
      headers: { authorization: `Bearer ${this.#caller}`, ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  async control(): Promise<ControlReport> {
    return (await this.call('GET', '/control')).body;
  }

  async until(
    what: string,
    holds: (report: ControlReport) => boolean,
    timeoutMs = 15_000,
  ): Promise<void> {
    await this.#poll(what, async () => holds(await this.control()), timeoutMs);
  }

  /** Ends it, whatever state it is in. */
  async stop(): Promise<void> {
    await this.#agent.destroy();
    this.#child.kill('SIGKILL');
    await this.ended();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #poll(what: string, holds: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`in ${timeoutMs} ms not: ${what}`);
      await new Promise((next) => setTimeout(next, 20));
    }
  }
}
