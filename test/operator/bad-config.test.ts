import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program as its image does, with nothing in its environment but `env`. */
const run = (main: string, argv: readonly string[] = [], env = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: root, env, timeout: 20_000 };
    execFile(process.execPath, [main, ...argv], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

describe('a program that is started with a bad configuration', () => {
  it('ends with 1 and tells every fault: the operator without any', async () => {
    const { code, stdout, stderr } = await run('operator/main.ts');
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const required = ['executor-image', 'operator-service-account', 'kubeconfig'];
    for (const flag of [...required, 'lease-namespace']) expect(stderr).toContain(`--${flag} is`);
    expect(stderr).not.toMatch(/^\s+at /m); // a fault of the user's is no stack trace
  });

  it('ends with 1 and tells every fault: the operator with many', async () => {
    const argv = [
      ...['--executor-image=executor:1', '--operator-service-account=operator'],
      ...['--prometheus-url=prometheus:9090', '--watch-namespaces=desk,Desk_2'],
      ...['--http-port=70000', '--tls-dir=tls', '--log-level=loud', '--colour=red', 'serve'],
    ];
    const { code, stderr } = await run('operator/main.ts', argv);
    expect(code).toBe(1);
    const flags = ['operator-service-account', 'prometheus-url', 'watch-namespaces', 'http-port'];
    for (const flag of [...flags, 'tls-dir', 'log-level', 'kubeconfig', 'lease-namespace']) {
      expect(stderr).toContain(`  --${flag}`);
    }
    expect(stderr).toContain('--colour is not a flag of this program');
    expect(stderr).toContain('"serve" is not a flag');
    expect(stderr).not.toContain('--executor-image');
  });

  it('ends with 1 and tells every fault: the executor without any', async () => {
    const { code, stdout, stderr } = await run('executor/main.ts');
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const required = ['EXECUTOR_NAMESPACE', 'EXECUTOR_NAME', 'POD_NAME'];
    for (const name of [...required, 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT']) {
      expect(stderr).toMatch(new RegExp(`\\b${name}\\b`));
    }
    expect(stderr).not.toMatch(/^\s+at .*\.ts:/m);
  });
});
