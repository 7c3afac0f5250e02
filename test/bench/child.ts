import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answers, Question } from './asked.ts';

export interface Ports {
  readonly httpsPort: number;
  readonly probesPort: number;
}

export interface ForkOptions {
  readonly setup: object;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node, e.g. `--cpu-prof`. */
  readonly flags?: readonly string[];
}

/** A measured process: started, asked over its channel, stopped. It ends when this process does. */
export class Child {
  readonly ports: Ports;
  /** Resolves when it is gone, however it went. */
  readonly gone: Promise<void>;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #next = 1;

  private constructor(child: ChildProcess, ports: Ports) {
    this.#process = child;
    this.ports = ports;
    this.gone = once(child, 'exit').then(() => undefined);
    child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  /** Resolves when it listens. */
  static async start(module: URL, { setup, env = {}, flags = [] }: ForkOptions): Promise<Child> {
    const child = fork(module, [JSON.stringify(setup)], {
      env: { ...process.env, ...env },
      execArgv: ['--expose-gc', ...flags],
    });
    const ready = once(child, 'message').then(([{ ready }]) => ready as Ports);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${module.pathname} ended with code ${code} before it listened`);
    });
    const ports = await Promise.race([ready, ended]);
    ended.catch(() => undefined);
    return new Child(child, ports);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get url(): string {
    return `https://127.0.0.1:${this.ports.httpsPort}`;
  }

  ask<Name extends Question>(question: Name, path?: string): Promise<Answers[Name]> {
    const id = this.#next++;
    const { promise, resolve } = Promise.withResolvers<Answers[Name]>();
    this.#waiting.set(id, resolve as (answer: unknown) => void);
    this.#process.send({ id, question, ...(path === undefined ? {} : { path }) });
    return promise;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    await this.ask('stop');
    await this.gone;
  }
}
