import { spawn } from 'node:child_process';

export interface Forward {
  /** The port on 127.0.0.1. */
  readonly port: number;
  close(): void;
}

/**
 * `kubectl port-forward` to a Service or pod, ready when it resolves. It dies with the pod it
 * chose: open a new one after a restart.
 */
export function forward(namespace: string, target: string, port: number): Promise<Forward> {
  const child = spawn('kubectl', [
    'port-forward',
    '--address=127.0.0.1',
    '-n',
    namespace,
    target,
    `:${port}`,
  ]);
  const stop = () => child.kill();
  process.once('exit', stop);
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('exit', (code) => {
      process.off('exit', stop);
      reject(new Error(`port-forward to ${namespace}/${target} ended (${code}): ${stderr.trim()}`));
    });
    child.stdout.on('data', (chunk) => {
      const local = /127\.0\.0\.1:(\d+) ->/.exec(String(chunk))?.[1];
      if (local !== undefined) resolve({ port: Number(local), close: stop });
    });
  });
}
