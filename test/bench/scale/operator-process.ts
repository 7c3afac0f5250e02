import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiServer } from '../../api-server/api-server.ts';
import { REPOSITORY } from '../../cluster/bundle.ts';
import { operatorFlags, operatorFolder } from '../../operator/support/desk.ts';

const TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux that Node runs on
const LAST_WORDS = 4_000;

export interface Usage {
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

/** An operator as a process of its own: this one, or whatever command is measured beside it. */
export class OperatorProcess {
  /** Rejects when it ends before it was stopped. */
  readonly died: Promise<never>;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #said = '';
  #isStopping = false;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    for (const out of [child.stdout, child.stderr]) {
      out?.setEncoding('utf8').on('data', (text) => {
        this.#said = (this.#said + text).slice(-LAST_WORDS);
      });
    }
    this.died = once(child, 'exit').then(([code]) => {
      if (this.#isStopping) return new Promise<never>(() => undefined);
      throw new Error(`the operator ended with ${code} in the middle of it:\n${this.#said}`);
    });
    this.died.catch(() => undefined);
  }

  /**
   * `command` is another operator for the same objects: run by sh with KUBECONFIG set, ended by
   * SIGTERM. undefined is ours.
   */
  static async start(server: ApiServer, command: string | undefined): Promise<OperatorProcess> {
    const { folder } = await operatorFolder();
    const ours = [process.execPath, join(REPOSITORY, 'operator/main.ts'), '--log-level=warn'];
    const argv =
      command === undefined
        ? [...ours, ...operatorFlags({ server, folder })]
        : ['sh', '-c', `exec ${command}`];
    const [program = '', ...args] = argv;
    const env = { PATH: process.env.PATH, KUBECONFIG: server.kubeconfigPath };
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    return new OperatorProcess(spawn(program, args, { cwd: folder, env, stdio }), folder);
  }

  usage(): Usage {
    const { pid } = this.#child;
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]); // utime and stime, proc(5)
    const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { cpuSeconds: ticks / TICKS_PER_SECOND, rssMiB: Number(rss) / 1_024 };
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
