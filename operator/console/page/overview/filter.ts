import { type ExecutorRow, type Trouble, troubles } from '../../wire/overview.ts';
import type { Query } from '../route.ts';

/** What is shown of all executors; kept in the address. Empty text: not asked for. */
export interface Filter {
  readonly text: string;
  readonly namespace: string;
  /** Effective or declared: somebody who looks for live ones wants those that climb to it as well. */
  readonly mode: '' | 'paper' | 'trickle' | 'live';
  readonly trouble: '' | 'any' | Trouble;
}

export const noFilter: Filter = { text: '', namespace: '', mode: '', trouble: '' };

const oneOf = <T extends string>(value: string | undefined, all: readonly T[]): T | '' =>
  all.find((one) => one === value) ?? '';

/** What an address asks for; a value that means nothing is not asked for. */
export const filterOf = (query: Query): Filter => ({
  text: query.q ?? '',
  namespace: query.ns ?? '',
  mode: oneOf(query.mode, ['paper', 'trickle', 'live']),
  trouble: oneOf<'any' | Trouble>(query.trouble, ['any', ...troubles]),
});

export const queryOf = ({ text, namespace, mode, trouble }: Filter): Query => ({
  q: text,
  ns: namespace,
  mode,
  trouble,
});

export const isFiltering = (filter: Filter): boolean =>
  Object.values(queryOf(filter)).some((value) => value !== '');

/** Whether a row is asked for. Each word of the text is in its name, namespace, venue, version or incident. */
export function matches(filter: Filter, row: ExecutorRow): boolean {
  const { namespace, mode, trouble } = filter;
  if (namespace !== '' && row.namespace !== namespace) return false;
  if (mode !== '' && row.declared.mode !== mode && row.effective?.mode !== mode) return false;
  if (trouble === 'any' && row.troubles.length === 0) return false;
  if (trouble !== '' && trouble !== 'any' && !row.troubles.includes(trouble)) return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const within =
    `${row.namespace}/${row.name} ${row.venue} ${row.version ?? ''} ${row.incident ?? ''}`.toLowerCase();
  return words.every((word) => within.includes(word));
}
