import type { History } from '../../wire/history.ts';
import type { ExecutorRow } from '../../wire/overview.ts';
import { paths } from '../../wire/paths.ts';
import { pathTo } from '../route.ts';
import { type Asked, useAsked } from '../shell/desk.ts';

const EVERY_MS = 15_000;

/** Numbers of a past range; the plot and the burn rates are of one answer. */
export const useHistory = (
  { namespace, name }: Pick<ExecutorRow, 'namespace' | 'name'>,
  rangeMs: number,
): Asked<History> =>
  useAsked<History>(`${pathTo(paths.history, { namespace, name })}?rangeMs=${rangeMs}`, EVERY_MS);

/** Panels that ask for themselves are old when two answers in a row did not come. */
export const LATE_MS = 2.5 * EVERY_MS;
