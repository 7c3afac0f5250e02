import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const TIME_MS_MAX = 30_000;

/** Runs kubectl against $KUBECONFIG; throws with what it printed when it fails. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  try {
    const limits = { maxBuffer: OUTPUT_BYTES_MAX, timeout: TIME_MS_MAX };
    return (await run('kubectl', [...args], limits)).stdout;
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() || String(cause);
    throw new Error(`kubectl ${args.slice(0, 3).join(' ')} … failed: ${said}`, { cause });
  }
}

export interface Forwarded {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): void;
}

/** `kubectl port-forward` to one port of a pod, ready when it resolves. */
export function forward(namespace: string, pod: string, port: number): Promise<Forwarded> {
  const where = ['--address=127.0.0.1', '-n', namespace, `pod/${pod}`, `:${port}`];
  const child = spawn('kubectl', ['port-forward', ...where]);
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      reject(new Error(`port-forward to ${namespace}/${pod} ended (${code}): ${stderr.trim()}`)),
    );
    child.stdout.on('data', (chunk) => {
      const local = /127\.0\.0\.1:(\d+) ->/.exec(String(chunk))?.[1];
      if (local !== undefined) resolve({ port: Number(local), close: () => child.kill() });
    });
  });
}
