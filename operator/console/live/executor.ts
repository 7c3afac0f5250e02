import type { Logger } from 'pino';
import type { Clock } from '../../../crds/clock.ts';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { ListWatch } from '../../../crds/kube/list-watch.ts';
import type { KubeObject } from '../../../crds/kube/object-store.ts';
import { corePath } from '../../../crds/kube/paths.ts';
import type { ExecutorKey } from '../../../crds/names.ts';
import type { World } from '../../reconcile/world.ts';
import { detail, type SeenEvent } from '../detail.ts';
import type { Numbers } from '../numbers.ts';
import type { People, Person } from '../session/people.ts';
import type { May } from '../wire/executor.ts';
import type { Board } from './board.ts';
import type { EventStream } from './event-stream.ts';
import { CHECK_MS } from './overview.ts';
import { Pumped } from './pump.ts';
import type { Sight } from './sight.ts';

export interface ExecutorParts {
  readonly board: Board;
  readonly world: Pick<World, 'incidents'>;
  readonly numbers: Numbers;
  readonly people: People;
  readonly sight: Sight;
  /** The API server as this person. */
  readonly as: (person: Person) => KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** One executor, whole each time something of it changes, until it is gone or the session ends. */
export async function executor(
  parts: ExecutorParts,
  { person, key }: { readonly person: Person; readonly key: ExecutorKey },
  stream: EventStream,
): Promise<void> {
  const { board, world, numbers, clock } = parts;
  const pump = new Pumped();
  const leave = board.listen((_what, { namespace, name }) => {
    if (namespace === key.namespace && name === key.name) pump.wake();
  });
  let rights: Rights | undefined;
  let events: ListWatch<SeenEvent & KubeObject> | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;
  const check = async (): Promise<Rights> => {
    if (rights !== undefined && clock.elapsed() - checkedAt < CHECK_MS) return rights;
    rights = await rightsOf(parts, person, key);
    checkedAt = clock.elapsed();
    if (rights.events) events ??= eventsOf(parts, person, { key, pump });
    else await events?.stop();
    if (!rights.events) events = undefined;
    return rights;
  };
  try {
    await pump.run(stream, clock, async () => {
      const { incidents, may } = await check();
      const shown = board.of(key);
      if (shown === undefined) return stream.end(); // the page asks again and is told
      const { object, row } = shown;
      const about = (one: { spec: { executor: { name: string } }; metadata: ExecutorKey }) =>
        one.metadata.namespace === key.namespace && one.spec.executor.name === key.name;
      const whole = detail({
        ...{ at: board.at(), object, row, may },
        numbers: numbers.of(key),
        kills: board.kills.of(object.metadata.uid),
        events: events?.list() ?? null,
        incidents: incidents ? world.incidents().filter(about) : [],
      });
      stream.send(JSON.stringify({ ...whole, blindMs: board.blindMs() }));
    });
  } finally {
    leave();
    await events?.stop();
  }
}

interface Rights {
  readonly may: May;
  /** Whether they may see them. */
  readonly incidents: boolean;
  readonly events: boolean;
}

async function rightsOf(
  { people, sight }: ExecutorParts,
  given: Person,
  key: ExecutorKey,
): Promise<Rights> {
  const person = await people.again(given);
  await sight.executor(person, key);
  const { namespace } = key;
  const [incidents, events, may] = await Promise.all([
    people.mayWithIncidents(person, 'list', { namespace }),
    people.mayWatchEvents(person, namespace),
    mayOf(people, person, key),
  ]);
  return { incidents, events, may };
}

/** What they may do with one executor, by their own rights. */
export async function mayOf(people: People, person: Person, key: ExecutorKey): Promise<May> {
  const { namespace, name } = key;
  // All of the namespace first: one answer for a list of hundreds, whose questions would queue up
  // beside those that confirm kills.
  const mayPatch = async () =>
    (await people.mayWithExecutors(person, 'patch', { namespace })) ||
    people.mayWithExecutors(person, 'patch', { namespace, name });
  const [patch, acknowledge] = await Promise.all([
    mayPatch(),
    people.mayWithIncidents(person, 'acknowledge', { namespace }),
  ]);
  return { patch, acknowledge: patch && acknowledge };
}

/** Watched with the person's own rights for as long as they look. */
function eventsOf(
  { as, clock, random, log }: ExecutorParts,
  person: Person,
  { key, pump }: { readonly key: ExecutorKey; readonly pump: Pumped },
): ListWatch<SeenEvent & KubeObject> {
  const watch = new ListWatch<SeenEvent & KubeObject>({
    connection: as(person),
    path: corePath('events', key.namespace),
    fieldSelector: `involvedObject.kind=TradingExecutor,involvedObject.name=${key.name}`,
    ...{ clock, random },
    log: (message, details) => log.debug({ ...details, by: person.username }, message),
    onChange: () => pump.wake(),
  });
  watch.start();
  watch.synced().then(
    () => pump.wake(),
    () => undefined,
  );
  return watch;
}
