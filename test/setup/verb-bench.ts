import { REPOSITORY } from '../cluster/bundle.ts';
import { become } from './become.ts';

/** `npm run bench:place`, `bench:v13`, `soak`: each is a program of its own under test/bench/. */
export function benchVerb(program: string) {
  return (args: readonly string[]): Promise<number> =>
    become([process.execPath, program, ...args], { cwd: REPOSITORY });
}
