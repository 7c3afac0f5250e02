import { readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Calendar } from './calendar.ts';
import { type ReadDocument, readDocument } from './document.ts';

/** What was kept by an earlier refresh; `undefined` when there was none. Read once, at the start. */
export function readKept(path: string): ReadDocument | undefined {
  try {
    return readDocument(readFileSync(path, 'utf8'));
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { ok: false, why: (fault as Error).message };
  }
}

/** Whole or not at all: a half-written calendar would close the market at the next start. */
export async function keep(path: string, calendar: Calendar): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(JSON.stringify(calendar));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
