import type { ExecutorRow } from '../../wire/overview.ts';
import { isKilled, toneOf } from './row-state.ts';

export interface Totals {
  readonly all: number;
  readonly critical: number;
  readonly warning: number;
  readonly killed: number;
  readonly stable: number;
  readonly namespaces: readonly string[];
}

/** How the desk stands, over all rows whatever the filter. */
export function totals(rows: Iterable<ExecutorRow>): Totals {
  const sum = { all: 0, critical: 0, warning: 0, killed: 0, stable: 0 };
  const namespaces = new Set<string>();
  for (const row of rows) {
    const tone = toneOf(row);
    sum.all += 1;
    if (tone === 'critical') sum.critical += 1;
    if (tone === 'warning') sum.warning += 1;
    if (isKilled(row)) sum.killed += 1;
    if (row.badge.state === 'STABLE') sum.stable += 1;
    namespaces.add(row.namespace);
  }
  return { ...sum, namespaces: [...namespaces].sort() };
}
