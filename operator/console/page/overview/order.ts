import { type ExecutorRow, troubles } from '../../wire/overview.ts';

const calm = troubles.length;

/** Place of the worst trouble in the list; without trouble after all of them. */
const worst = (row: ExecutorRow): number => {
  const [first] = row.troubles;
  return first === undefined ? calm : troubles.indexOf(first);
};

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Trouble first, the most drastic on top; more troubles before fewer; then namespace and name. */
export function byTrouble(a: ExecutorRow, b: ExecutorRow): number {
  return (
    worst(a) - worst(b) ||
    b.troubles.length - a.troubles.length ||
    byText(a.namespace, b.namespace) ||
    byText(a.name, b.name)
  );
}

export const inOrder = (rows: Iterable<ExecutorRow>): readonly ExecutorRow[] =>
  [...rows].sort(byTrouble);

/**
 * The order while somebody points at a row: what was there stays where it was and what is new comes
 * last. A row that jumps away under the pointer is how the wrong executor gets killed.
 */
export function heldOrder(
  before: readonly string[],
  wanted: readonly ExecutorRow[],
): readonly ExecutorRow[] {
  const byUid = new Map(wanted.map((row) => [row.uid, row]));
  const kept = before.flatMap((uid) => {
    const row = byUid.get(uid);
    byUid.delete(uid);
    return row === undefined ? [] : [row];
  });
  return [...kept, ...byUid.values()];
}
