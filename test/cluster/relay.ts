import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cached, identity } from '../toolchain/cache.ts';
import type { Cluster } from './cluster.ts';

const START_MS_MAX = 10_000;
const POLL_MS = 50;

/**
 * Makes `127.0.0.1:port` of the cluster's own network the same address outside it, for people who
 * want to open a page. Two small processes pass bytes through a Unix socket; they live until
 * `stopRelays`. Costs nothing where the cluster's ports are open already.
 */
export async function relay(cluster: Cluster, port: number, outerPort = port): Promise<string> {
  const address = `http://127.0.0.1:${outerPort}`;
  if (cluster.command(['x']).length === 1 && port === outerPort) return address;
  const socket = join(folder(), `${port}-${outerPort}.sock`);
  if (await listens(outerPort)) return address;
  rmSync(socket, { force: true });
  start(cluster.command(passer(socket, `127.0.0.1:${port}`)), `${port}-${outerPort}-in`);
  start(passer(`127.0.0.1:${outerPort}`, socket), `${port}-${outerPort}-out`);
  const deadline = performance.now() + START_MS_MAX;
  while (!(await listens(outerPort))) {
    if (performance.now() > deadline) throw new Error(`The relay to port ${port} has not started.`);
    await sleep(POLL_MS);
  }
  return address;
}

/** Ends every relay of this machine. */
export function stopRelays(): void {
  for (const name of readdirSync(folder()).filter((file) => file.endsWith('.pid'))) {
    const path = join(folder(), name);
    const holder = readFileSync(path, 'utf8');
    const pid = Number(holder.split(' ')[0]);
    if (identity(pid) === holder) process.kill(pid, 'SIGTERM');
    rmSync(path, { force: true });
  }
}

function folder(): string {
  const path = cached('relays');
  mkdirSync(path, { recursive: true });
  return path;
}

const passer = (from: string, to: string): string[] => [
  process.execPath,
  fileURLToPath(new URL('relay-process.ts', import.meta.url)),
  from,
  to,
];

function start(argv: readonly string[], name: string): void {
  const log = openSync(join(folder(), `${name}.log`), 'a');
  const [file = '', ...rest] = argv;
  const child = spawn(file, rest, { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  writeFileSync(join(folder(), `${name}.pid`), identity(child.pid ?? 0));
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
