import { ListWatch } from '../../crds/kube/list-watch.ts';
import type { ListWatchOptions } from '../../crds/kube/list-watch-options.ts';
import { FaultApiServer } from './fault-api-server.ts';
import type { Thing } from './faults.ts';
import { HastyClock } from './hasty-clock.ts';

/** One server and one list-watch on it, with everything that either was heard to say. */
export interface Watched {
  readonly server: FaultApiServer;
  readonly listWatch: ListWatch<Thing>;
  readonly clock: HastyClock;
  /** `set a uid-1@101`, `gone a uid-1@102` */
  readonly changes: string[];
  readonly objects: Thing[];
  readonly log: string[];
  readonly crashes: unknown[];
  /** Resolves once a change reads so. */
  changed(text: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const label = ({ metadata }: Thing): string =>
  `${metadata.name} ${metadata.uid}@${metadata.resourceVersion}`;

export type More = Partial<Omit<ListWatchOptions<Thing>, 'clock'>> & { clock?: HastyClock };

export async function watched(more: More = {}, given?: FaultApiServer): Promise<Watched> {
  const server = given ?? (await FaultApiServer.start());
  const connection = server.connect();
  const { clock = new HastyClock() } = more;
  const changes: string[] = [];
  const objects: Thing[] = [];
  const log: string[] = [];
  const crashes: unknown[] = [];
  let wake: (() => void)[] = [];
  const listWatch = new ListWatch<Thing>({
    connection,
    path: server.path,
    random: () => 0.5,
    log: (message, details) => log.push(`${message} ${JSON.stringify(details)}`),
    crash: (fault) => crashes.push(fault),
    ...more,
    clock,
    onChange(change) {
      changes.push(`${change.kind} ${label(change.object)}`);
      objects.push(change.object);
      for (const next of wake.splice(0)) next();
      more.onChange?.(change);
    },
  });
  return {
    ...{ server, listWatch, clock, changes, objects, log, crashes },
    async changed(text) {
      while (!changes.some((change) => change.startsWith(text))) {
        await new Promise<void>((next) => {
          wake = [...wake, next];
        });
      }
    },
    async [Symbol.asyncDispose]() {
      await listWatch.stop();
      await connection.close();
      await server.stop();
    },
  };
}

/** Started, with its first list taken in and its watch open. */
export async function watching(more: More = {}, given?: FaultApiServer): Promise<Watched> {
  const all = await watched(more, given);
  all.listWatch.start();
  await all.listWatch.synced();
  await all.server.until(() => all.server.liveWatches === 1);
  return all;
}

/** For what only shows inside the client: looked at again after each turn of the event loop. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
