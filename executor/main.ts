import { isMainThread, workerData } from 'node:worker_threads';

// One file, three roles: the program, and the threads that own its files. A bundle stays one file.
const thread = isMainThread ? undefined : (workerData as { role?: string } | null)?.role;
const role =
  thread === 'journal'
    ? import('./journal/sqlite-worker.ts')
    : thread === 'feed'
      ? import('./feed/feed-worker.ts')
      : import('./run.ts').then((m) => m.run(process.env));

role.catch((fault: unknown) => {
  if (thread !== undefined) throw fault; // who started it hears of it
  process.stderr.write(
    `${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`,
  );
  process.exit(1);
});
