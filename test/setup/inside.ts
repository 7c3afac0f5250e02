/**
 * Runs where the cluster can be reached: `node test/setup/inside.ts '{"operator": …}'` deploys the
 * venue simulator and our chart with images that the nodes know already.
 */
import { installChart } from '../system/install.ts';
import { deploySimulator } from '../system/simulator.ts';
import type { SystemImages } from './system.ts';

const images: SystemImages = JSON.parse(process.argv[2] ?? '{}');
console.log('venue simulator');
await deploySimulator(images.venue);
console.log('helm upgrade --install');
await installChart(images);
