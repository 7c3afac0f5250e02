import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { onlySimulatedVenues } from '../venue/only-the-simulator.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs kubectl against $KUBECONFIG; throws with what it printed when it fails. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  return (await kubectlBoth(...args)).stdout;
}

/** As `kubectl`, with stderr too: `-v=6` writes its request times there. */
export async function kubectlBoth(
  ...args: readonly string[]
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await run('kubectl', [...args], { maxBuffer: OUTPUT_BYTES_MAX });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() ?? '';
    throw new Error(`kubectl ${args.join(' ')} failed: ${said}`, { cause });
  }
}

/** Runs helm against $KUBECONFIG; throws with what it printed when it fails. */
export async function helm(...args: readonly string[]): Promise<string> {
  return (await run('helm', [...args], { maxBuffer: OUTPUT_BYTES_MAX })).stdout;
}

/**
 * Runs kubectl with `input` on its standard input, as in `kubectl apply -f -`. Manifests with an
 * executor that would trade anywhere but at the simulator are refused.
 */
export async function kubectlWithInput(input: string, ...args: readonly string[]): Promise<string> {
  onlySimulatedVenues(input);
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve(stdout);
      reject(new Error(`kubectl ${args.join(' ')} failed: ${stderr.trim()}`));
    });
    child.stdin.end(input);
  });
}

export const apply = (manifest: string, ...args: readonly string[]): Promise<string> =>
  kubectlWithInput(manifest, 'apply', '-f', '-', ...args);

/** One object as the API server has it. */
export async function get<T>(namespace: string, kind: string, name: string): Promise<T> {
  return JSON.parse(await kubectl('get', kind, name, '-n', namespace, '-o', 'json')) as T;
}

/**
 * Blocks until the API server says so: `jsonpath={.status.x}=y`, `condition=Ready`, `delete`.
 * `what` is `kind/name`, or a kind for all of them.
 */
export async function waitFor(
  namespace: string,
  what: string,
  condition: string,
  timeoutSeconds = 120,
): Promise<void> {
  const [kind = '', name] = what.split('/');
  const target = name === undefined ? [kind, '--all'] : [`${kind}/${name}`];
  await kubectl(
    'wait',
    ...target,
    '-n',
    namespace,
    `--for=${condition}`,
    `--timeout=${timeoutSeconds}s`,
  );
}

/** Through the API server's proxy: no port-forward needed for what takes no token of its own. */
export const serviceProxy = (namespace: string, service: string, port: number): string =>
  `/api/v1/namespaces/${namespace}/services/http:${service}:${port}/proxy`;
