import { spawn } from 'node:child_process';

/** Runs a program in the foreground: same terminal, signals passed on. Resolves to its exit code. */
export function become(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<number> {
  const [file = '', ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, {
      cwd: options.cwd,
      stdio: 'inherit',
      env: { ...process.env, ...options.env },
    });
    const pass = (signal: NodeJS.Signals): void => {
      const fromKeyboard = signal === 'SIGINT' && process.stdin.isTTY;
      if (!fromKeyboard) child.kill(signal); // the terminal has told the child itself
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, pass);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
