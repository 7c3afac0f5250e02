import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment; `undefined` removes a name. */
  readonly env?: Record<string, string | undefined>;
  /** Called with every line of output, standard output and error alike. */
  readonly onLine?: (line: string) => void;
  readonly input?: string;
  readonly timeoutMs?: number;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and returns what it said, whatever its exit code. */
export function attempt(argv: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  const [file, ...rest] = argv;
  if (file === undefined) throw new Error('attempt() needs a command');
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.timeoutMs === undefined
        ? {}
        : { timeout: options.timeoutMs, killSignal: 'SIGKILL' }),
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      let unfinished = '';
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        said[name] += chunk;
        const lines = (unfinished + chunk).split(/\r?\n|\r/);
        unfinished = lines.pop() ?? '';
        for (const line of lines) options.onLine?.(line);
      });
    }
    child.stdin.on('error', () => undefined); // a command that does not read its input is no fault
    child.stdin.end(options.input ?? '');
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ code: 127, stdout: '', stderr: `${file}: not found` });
      else reject(error);
    });
    child.on('close', (code) => resolve({ code: code ?? 137, ...said }));
  });
}

const TAIL_LINES = 30;

/** Runs a command that must succeed; returns its standard output. The error carries its last lines. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(argv, options);
  if (code === 0) return stdout;
  const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-TAIL_LINES).join('\n');
  throw new Error(`\`${argv.join(' ')}\` ended with code ${code}:\n${tail}`);
}

/** The path of a program on PATH, or undefined. */
export async function which(name: string): Promise<string | undefined> {
  const { code, stdout } = await attempt(['sh', '-c', 'command -v "$1"', 'sh', name]);
  return code === 0 ? stdout.trim() : undefined;
}
