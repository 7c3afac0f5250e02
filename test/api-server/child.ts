import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const STOP_GRACE_MS = 3_000;
const TAIL_LINES = 15;

/** A server process that cannot outlive this one: it is killed with it, even by SIGKILL on Linux. */
export class Child {
  readonly name: string;
  readonly #argv: readonly string[];
  readonly #logPath: string;
  #process: ChildProcess | undefined;

  constructor(name: string, argv: readonly string[], logPath: string) {
    this.name = name;
    this.#argv = argv;
    this.#logPath = logPath;
  }

  start(): void {
    const log = openSync(this.#logPath, 'a');
    const [file = '', ...rest] = [...diesWithParent(), ...this.#argv];
    const started = spawn(file, rest, { stdio: ['ignore', log, log] });
    closeSync(log);
    started.on('error', () => undefined); // seen as `exited`; the log has no more to say
    this.#process = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
  }

  /** True once the process has ended by itself or could not be started. */
  get exited(): boolean {
    const { exitCode, signalCode, pid } = this.#process ?? {};
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Ends the process: politely, then after three seconds not. Resolves when it is gone. */
  async stop(first: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const ending = this.#process;
    if (ending === undefined || this.exited) return;
    const gone = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGCONT'); // a paused process would not see the polite signal
    ending.kill(first);
    const timer = setTimeout(() => ending.kill('SIGKILL'), STOP_GRACE_MS);
    await gone;
    clearTimeout(timer);
  }

  /** The last lines of the log, for an error message. */
  tail(): string {
    const lines = readFileSync(this.#logPath, 'utf8').trim().split('\n');
    return lines.slice(-TAIL_LINES).join('\n');
  }
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function diesWithParent(): string[] {
  return existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL'] : [];
}

/** `count` loopback ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  return Promise.all(
    servers.map((server) => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      return new Promise<number>((resolve) => server.close(() => resolve(port)));
    }),
  );
}
