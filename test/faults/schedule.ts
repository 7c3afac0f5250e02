import { settle } from '../support/manual-clock.ts';
import type { Step } from './steps.ts';
import { FaultyWorld } from './world.ts';

/** A step has this long for what it sets off at once; what waits longer is for `wait`. */
const BRIEFLY_MS = 1_000;
/** Longer than a rollback takes from its alert, whatever was acknowledged before. */
const CALM_MS = 30 * 60_000;

/**
 * Plays one schedule and then lets everything calm down. The promises are looked at after each write
 * and each step; a broken one throws and says which.
 */
export async function play(steps: readonly Step[]): Promise<void> {
  const world = await FaultyWorld.open();
  try {
    for (const step of steps) {
      await perform(world, step);
      await settle();
      world.check();
    }
    await world.calm(CALM_MS);
    world.checkCalm();
  } finally {
    await world.close();
  }
}

async function perform(world: FaultyWorld, step: Step): Promise<void> {
  switch (step.do) {
    case 'alert':
      return world.alert(step.fingerprint, 'firing');
    case 'resolve':
      return world.alert(step.fingerprint, 'resolved');
    case 'wait':
      return world.clock.advance(step.seconds * 1_000);
    case 'break-write':
      world.breakWrites(step.how, step.times);
      return world.clock.advance(BRIEFLY_MS);
    case 'hold-events':
      world.events.hold();
      return;
    case 'release-events':
      world.events.release();
      return;
    case 'repeat-events':
      world.events.repeat();
      return;
    case 'lead':
      world.lead(step.a, step.b);
      return world.clock.advance(BRIEFLY_MS);
    case 'crash':
      return world.crash(step.replica);
    case 'get':
    case 'get-older':
      world.get(step.do === 'get-older');
      return;
    default:
      return world.meddle(step.do);
  }
}
