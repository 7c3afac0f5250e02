import { isMainThread, workerData } from 'node:worker_threads';

// One file, two roles: the program, and the thread that owns its journal. A bundle stays one file.
const isJournal = !isMainThread && (workerData as { role?: string } | null)?.role === 'journal';
const role = isJournal
  ? import('./journal/sqlite-worker.ts')
  : import('./run.ts').then((m) => m.run(process.env));

role.catch((fault: unknown) => {
  process.stderr.write(
    `${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`,
  );
  process.exit(1);
});
