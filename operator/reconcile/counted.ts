import type { World } from './world.ts';

/** What metrics say of all executors, read when they are scraped. */

/** Whom to expect a target of: everybody but those that are being deleted. */
export function expected(world: Pick<World, 'executors'>) {
  return world
    .executors()
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { namespace, name } }) => ({ namespace, executor: name }));
}

/** Of each executor, how long it placed nothing in its last rollout, and whether it was put back. */
export function rollouts(world: Pick<World, 'executors'>) {
  return world.executors().map(({ metadata: { namespace, name }, status }) => ({
    of: { namespace, executor: name },
    gapSeconds: status?.rollout?.gapSeconds,
    isPutBack: status?.rollout?.failed !== undefined,
  }));
}
