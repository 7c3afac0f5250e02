import { isMainThread, workerData } from 'node:worker_threads';

// One file, three roles: the program of a pod, the one that runs alone, and the thread that owns
// the journal of either. A bundle stays one file.
const isJournal = !isMainThread && (workerData as { role?: string } | null)?.role === 'journal';
const args = process.argv.slice(2);

// A diagnostic report shows the environment of each thread that does not say no.
if (process.report !== undefined) process.report.excludeEnv = true;

function role(): Promise<unknown> {
  if (isJournal) return import('./journal/sqlite-worker.ts');
  if (args.length === 0) return import('./run.ts').then((m) => m.run(process.env));
  return import('./standalone/run.ts').then((m) => m.runAlone(process.env, args));
}

role().catch((fault: unknown) => {
  process.stderr.write(
    `${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`,
  );
  process.exit(1);
});
