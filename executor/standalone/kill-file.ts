import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

const Kept = z.strictObject({
  killSwitch: z.boolean(),
  reason: z.string().max(256),
  by: z.string().max(256),
  at: z.string().max(40),
});
export type Kept = z.infer<typeof Kept>;

export type Reading =
  | { readonly kind: 'read'; readonly kept: Kept }
  /** Why; absent counts as well. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** What the file says. Never throws: whatever cannot be read is a value, and counts as a kill. */
export async function readKill(path: string): Promise<Reading> {
  try {
    return { kind: 'read', kept: Kept.parse(JSON.parse(await readFile(path, 'utf8'))) };
  } catch (fault) {
    const why = fault instanceof z.ZodError ? z.prettifyError(fault) : (fault as Error).message;
    return { kind: 'unreadable', why };
  }
}

/** Durable once it resolves: the file, then its name. */
export async function writeKill(path: string, kept: Kept): Promise<void> {
  await synced(`${path}.new`, 'w', `${JSON.stringify(kept)}\n`);
  await rename(`${path}.new`, path);
  await syncFolder(path);
}

/**
 * The first file of a new data folder; one that is there is left alone. Not called for a folder with
 * a journal: there a missing file was removed, and it may have said killed.
 */
export async function foundKill(path: string, at: string): Promise<void> {
  const kept: Kept = { killSwitch: false, reason: 'a new data folder', by: 'executor', at };
  try {
    await synced(path, 'wx', `${JSON.stringify(kept)}\n`);
    await syncFolder(path);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
  }
}

async function synced(path: string, flag: 'w' | 'wx', text: string): Promise<void> {
  const file = await open(path, flag, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
