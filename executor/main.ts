import { isMainThread, workerData } from 'node:worker_threads';

// One file, several roles: the program, and the thread that owns its journal. A bundle stays one file.
const setup = (isMainThread ? null : workerData) as { role?: string; store?: string } | null;
const journal = () =>
  setup?.store === 'postgres'
    ? import('./journal/postgres-worker.ts')
    : import('./journal/sqlite-worker.ts');
const role =
  setup?.role === 'journal' ? journal() : import('./run.ts').then((m) => m.run(process.env));

role.catch((fault: unknown) => {
  process.stderr.write(
    `${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`,
  );
  process.exit(1);
});
