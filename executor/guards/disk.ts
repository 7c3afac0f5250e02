import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** Below this an order that is accepted now may not be finished in the journal. */
export const DISK_FREE_MIN = 0.1;

/** What is left of the volume is for the cancels and answers of orders that are out already. */
export const diskAlmostFull: Guard = (_proposal, { diskFree }) => {
  if (diskFree === undefined || diskFree >= DISK_FREE_MIN) return undefined;
  const message = `the data volume has ${percent(diskFree)} free, new orders need ${percent(DISK_FREE_MIN)}; make room or enlarge it`;
  return denial('DISK_ALMOST_FULL', message);
};

const percent = (ratio: number): string => `${Math.floor(ratio * 100)} %`;
