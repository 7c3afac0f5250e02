import { installChart } from './install.ts';
import { deploySimulator } from './simulator.ts';

/** What the cluster tests and the demo stand on, over a cluster that has images and monitoring. */
export async function setup(): Promise<void> {
  await deploySimulator(named('TEO_SIMULATOR_IMAGE'));
  await installChart({
    operator: named('TEO_OPERATOR_IMAGE'),
    executor: named('TEO_EXECUTOR_IMAGE'),
    content: named('TEO_IMAGE_CONTENT'),
  });
}

function named(variable: string): string {
  const value = process.env[variable];
  if (value === undefined || value === '') {
    throw new Error(`${variable} is not set: start the cluster tests with npm test`);
  }
  return value;
}
