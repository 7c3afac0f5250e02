import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The one folder in which the test platform keeps what it fetched and built. Safe to delete. */
export function cacheRoot(env: Record<string, string | undefined> = process.env): string {
  if (env.TEO_CACHE !== undefined && env.TEO_CACHE !== '') return env.TEO_CACHE;
  const caches = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(caches, 'trading-executor-operator');
}

/** A path inside the cache; its folder exists afterwards. */
export function cached(...parts: string[]): string {
  const path = join(cacheRoot(), ...parts);
  mkdirSync(join(path, '..'), { recursive: true });
  return path;
}

/**
 * Makes `path` unless it is there. `make` writes to a temporary name that is renamed when it is
 * whole, so an interrupted run never leaves half an artefact behind.
 */
export async function artefact(
  path: string,
  make: (temporary: string) => Promise<void>,
): Promise<string> {
  if (existsSync(path)) return path;
  return withLock(lockName(path), async () => {
    if (existsSync(path)) return path;
    const temporary = `${path}.partial`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(join(path, '..'), { recursive: true });
    await make(temporary);
    await rename(temporary, path);
    return path;
  });
}

const LOCK_POLL_MS = 500;

/** Runs `work` while no other process on this machine runs work under the same name. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const path = cached('locks', `${name}.lock`);
  while (!take(path)) await sleep(LOCK_POLL_MS);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, identity(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!holderIsAlive(path)) rmSync(path, { force: true });
    return false;
  }
}

function holderIsAlive(path: string): boolean {
  let holder: string;
  try {
    holder = readFileSync(path, 'utf8');
  } catch {
    return false; // released between our two looks
  }
  if (holder === '') return true; // being written this very moment
  return identity(Number(holder.split(' ')[0])) === holder;
}

/** A pid with its start time, so that a recycled pid is not taken for the old process. */
export function identity(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${pid} ${startedAt}`;
  } catch {
    return existsSync('/proc/self') ? 'gone' : `${pid} unknown`;
  }
}

function lockName(path: string): string {
  return path.slice(cacheRoot().length + 1).replaceAll(/[^A-Za-z0-9._-]+/g, '_');
}
