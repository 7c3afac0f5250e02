import type { ExecutorRow } from '../../wire/overview.ts';
import type { Rows } from '../live/overview-state.ts';
import { troubleWords } from '../words/trouble.ts';

const NAMED_MAX = 3;

/** What a screen reader is told when rows changed: only whose worst trouble is another than before. */
export function announcement(before: Rows, now: Rows): string {
  const said: string[] = [];
  for (const [uid, row] of now) {
    const was = before.get(uid);
    if (was === row || (was === undefined && before.size === 0)) continue;
    const [from, to] = [was?.troubles[0], row.troubles[0]];
    if (from === to) continue;
    said.push(`${row.namespace} ${row.name}: ${told(row)}`);
  }
  const more = said.length - NAMED_MAX;
  return [...said.slice(0, NAMED_MAX), ...(more > 0 ? [`and ${more} more changed`] : [])].join(
    '. ',
  );
}

const told = ({ troubles: [worst] }: ExecutorRow): string =>
  worst === undefined ? 'no trouble any more' : troubleWords[worst].short.toLowerCase();
