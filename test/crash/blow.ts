import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Random } from '../venue/random.ts';

/** How a process is killed: at its nth call of some kind from now on, or after a while. */
export type Blow =
  | { readonly kind: 'at-call'; readonly call: string; readonly nth: number }
  | { readonly kind: 'after'; readonly ms: number };

/** A call of the journal's thread or of the one that talks to client and venue, and how far to count. */
export interface Point {
  readonly share: number;
  readonly call: string;
  readonly nthMax: number;
}

/** With a journal in a file. */
export const FILE_POINTS: readonly Point[] = [
  { share: 0.4, call: 'fsync', nthMax: 6 },
  { share: 0.1, call: 'pwrite64', nthMax: 12 },
  { share: 0.25, call: 'writev', nthMax: 6 },
  { share: 0.05, call: 'read', nthMax: 20 },
  { share: 0.05, call: 'epoll_pwait', nthMax: 30 },
];
/** With one in a database: its thread writes to a socket, as the other does. */
export const DATABASE_POINTS: readonly Point[] = [
  { share: 0.4, call: 'write', nthMax: 30 },
  { share: 0.25, call: 'writev', nthMax: 8 },
  { share: 0.1, call: 'read', nthMax: 30 },
  { share: 0.1, call: 'epoll_pwait', nthMax: 40 },
];
const AFTER_MS_MAX = 40;

export function aBlow(random: Random, points: readonly Point[]): Blow {
  let rest = random();
  for (const { share, call, nthMax } of points) {
    if (rest < share) return { kind: 'at-call', call, nth: 1 + Math.floor(random() * nthMax) };
    rest -= share;
  }
  return { kind: 'after', ms: random() * AFTER_MS_MAX };
}

export const told = (blow: Blow): string =>
  blow.kind === 'after' ? `after ${blow.ms.toFixed(1)} ms` : `at ${blow.call} number ${blow.nth}`;

/**
 * Makes ready to kill `pid`; resolves when every thread is watched. SIGKILL is given by the kernel on
 * the way into the call, so the call itself does not take effect. `strike` starts what goes by the clock;
 * `end` kills what is still alive.
 */
export async function aim(pid: number, blow: Blow): Promise<Aimed> {
  const kill = () => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it is gone already
    }
  };
  if (blow.kind === 'after') {
    return { strike: () => void setTimeout(kill, blow.ms), end: async () => kill() };
  }
  const { call, nth } = blow;
  const inject = `inject=${call}:signal=KILL:when=${nth}`;
  const argv = ['-f', '-p', String(pid), '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
  const strace = spawn('strace', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  await attached(strace);
  const end = async () => {
    kill();
    if (strace.exitCode === null) await once(strace, 'exit');
  };
  return { strike: () => undefined, end };
}

export interface Aimed {
  readonly strike: () => void;
  readonly end: () => Promise<void>;
}

/** Resolves when strace watches the process. */
export async function attached(strace: ChildProcess): Promise<void> {
  if (strace.stderr === null) throw new Error('strace has no standard error');
  const failed = once(strace, 'exit').then(() => {
    throw new Error('strace ended before it watched anything; may this user trace processes?');
  });
  failed.catch(() => undefined);
  const [line] = (await Promise.race([once(createInterface(strace.stderr), 'line'), failed])) as [
    string,
  ];
  if (!line.includes('attached')) throw new Error(`strace: ${line}`);
}
