import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '../../crds/clock.ts';

const HOLDER = 'lock-holder.txt';
const SQLITE_BUSY = 5;

/** There from the first start on, whatever store the journal is in. */
export const lockFile = (folder: string): string => join(folder, 'lock.sqlite');

/** Another process lives on the same data folder. */
export class DataInUse extends Error {
  override readonly name = 'DataInUse';
}

export interface DataLock {
  release(): void;
}

/**
 * One process per data folder. The lock is the operating system's own, which SQLite takes on a file
 * of its own and holds open: it ends with its process, however that ends, so a dead one is taken
 * over and never waited for. `holder` is only what is told to whoever comes second.
 */
export function lockData(folder: string, holder: string, now: EpochMs): DataLock {
  const database = new DatabaseSync(lockFile(folder));
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause;
    const message = `${folder} is in use by ${heldBy(folder)}; stop that one first, or use another data folder`;
    throw new DataInUse(message, { cause });
  }
  writeFileSync(join(folder, HOLDER), `${holder} since ${new Date(now).toISOString()}\n`);
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

function heldBy(folder: string): string {
  try {
    return readFileSync(join(folder, HOLDER), 'utf8').trim() || 'another process';
  } catch {
    return 'another process'; // it has the lock and has not written its name yet
  }
}
