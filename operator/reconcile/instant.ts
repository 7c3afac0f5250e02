import type { EpochMs } from '../../crds/clock.ts';

/** RFC 3339 in UTC, whole seconds: as the API server writes its own. */
export const instant = (at: EpochMs): string =>
  new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
