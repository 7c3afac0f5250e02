import { setDefaultResultOrder } from 'node:dns';
import { writeFileSync } from 'node:fs';
import type { Executor } from './executor.ts';
import { DataInUse } from './journal/lock.ts';
import type { Log } from './log.ts';

/** Builds the executor; `crash` is what a broken invariant calls. */
export type Build = (crash: (fault: unknown) => never) => Executor;

/** The process around an executor: what ends it, how, and what it leaves behind. Resolves when it listens. */
export async function runProcess(log: Log, build: Build): ReturnType<Executor['start']> {
  setDefaultResultOrder('ipv4first');
  leaveNoMemoryBehind(log);
  const crash = (fault: unknown): never => {
    log.fatal({ err: fault }, 'a broken invariant; the process ends');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  const executor = orEnd(() => build(crash));
  const drain = (signal: string) => {
    log.info({ signal }, 'asked to stop');
    executor.stop().then(() => process.exit(0), crash);
  };
  process.once('SIGTERM', drain);
  process.once('SIGINT', drain);
  return executor.start();
}

/** A second process on the same data folder is no fault of the program: it is told, and ends. */
function orEnd(build: () => Executor): Executor {
  try {
    return build();
  } catch (fault) {
    if (!(fault instanceof DataInUse)) throw fault;
    process.stderr.write(`${fault.message}\n`);
    process.exit(1);
  }
}

/** The key pair is in memory: a core dump gets none of it, Linux leaves out what the filter does not name. */
function leaveNoMemoryBehind(log: Log): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch (fault) {
    log.warn({ err: fault }, 'core dumps may hold the key pair: run with ulimit -c 0');
  }
}
