import { isMainThread, workerData } from 'node:worker_threads';

// One file, several roles: the program of a pod, the one that runs alone, and the threads that own
// journal and feed of either. A bundle stays one file.
const setup = (isMainThread ? null : workerData) as { role?: string; store?: string } | null;
const thread = setup?.role;
const args = process.argv.slice(2);

// A diagnostic report shows the environment of each thread that does not say no.
if (process.report !== undefined) process.report.excludeEnv = true;

function role(): Promise<unknown> {
  if (thread === 'journal') {
    return setup?.store === 'postgres'
      ? import('./journal/postgres-worker.ts')
      : import('./journal/sqlite-worker.ts');
  }
  if (thread === 'feed') return import('./feed/feed-worker.ts');
  if (args.length === 0) return import('./run.ts').then((m) => m.run(process.env));
  return import('./standalone/run.ts').then((m) => m.runAlone(process.env, args));
}

role().catch((fault: unknown) => {
  if (thread !== undefined) throw fault; // who started it hears of it
  process.stderr.write(
    `${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`,
  );
  process.exit(1);
});
