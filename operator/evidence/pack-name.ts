import type { EpochMs } from '../../crds/clock.ts';

/** `2026-11-23T03-10-00Z-btc`: sorts by time, and holds no sign a file system dislikes. */
export function packName(decidedAt: string, executor: string): string {
  const stamp = `${new Date(decidedAt).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  return `${stamp}-${executor}`;
}

/** As packName makes them: no separator, no leading dot. */
const PACK = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\dZ)-[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

export const isPackName = (name: string): boolean => PACK.test(name);

/** When the rollback was decided that a pack is about; undefined when that is no pack's name. */
export function decidedAtOf(name: string): EpochMs | undefined {
  const [, day, hour, minute, second] = PACK.exec(name) ?? [];
  const at = Date.parse(`${day}${hour}:${minute}:${second}`);
  return Number.isNaN(at) ? undefined : (at as EpochMs);
}
