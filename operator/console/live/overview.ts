import type { Clock } from '../../../crds/clock.ts';
import type { People, Person } from '../session/people.ts';
import type { Board, Shown } from './board.ts';
import type { EventStream } from './event-stream.ts';
import { Pumped } from './pump.ts';
import type { Sight } from './sight.ts';

export interface OverviewParts {
  readonly board: Pick<Board, 'all' | 'at' | 'blindMs' | 'listen'>;
  readonly people: Pick<People, 'again'>;
  readonly sight: Pick<Sight, 'namespaces'>;
  readonly clock: Clock;
}

/** How often an open stream asks again who its reader is and what they may; see TRUSTED_MS. */
export const CHECK_MS = 10_000;

/** All rows the person may see, then what changes of them, until the session ends. */
export async function overview(
  { board, people, sight, clock }: OverviewParts,
  person: Person,
  stream: Pick<EventStream, 'signal' | 'ready' | 'send'>,
): Promise<void> {
  const pump = new Pumped();
  const leave = board.listen((what) => {
    if (what === 'row') pump.wake();
  });
  /** What the reader has: JSON by uid. */
  let has: Map<string, string> | undefined;
  let judged: ReadonlySet<string> = new Set();
  let seen: ReadonlySet<string> = new Set();
  let checkedAt = Number.NEGATIVE_INFINITY;
  const check = async (): Promise<void> => {
    const namespaces = new Set([...board.all()].map(([, { row }]) => row.namespace));
    const isNew = [...namespaces].some((namespace) => !judged.has(namespace));
    if (!isNew && clock.elapsed() - checkedAt < CHECK_MS) return;
    seen = await sight.namespaces(await people.again(person), namespaces);
    judged = namespaces;
    checkedAt = clock.elapsed();
  };
  try {
    await pump.run(stream, clock, async () => {
      await check();
      const rows = [...board.all()].filter(([, { row }]) => seen.has(row.namespace));
      const message = difference(
        rows,
        has,
        `"at":${JSON.stringify(board.at())},"blindMs":${board.blindMs()}`,
      );
      has = new Map(rows.map(([uid, { json }]) => [uid, json]));
      stream.send(message);
    });
  } finally {
    leave();
  }
}

/** The next message: everything, what is other than the reader has, or that nothing is. */
function difference(
  rows: readonly (readonly [string, Shown])[],
  has: ReadonlyMap<string, string> | undefined,
  at: string,
): string {
  const listed = (some: typeof rows) => some.map(([, { json }]) => json).join(',');
  if (has === undefined) return `{"kind":"all",${at},"rows":[${listed(rows)}]}`;
  const changed = rows.filter(([uid, { json }]) => has.get(uid) !== json);
  const left = new Set(rows.map(([uid]) => uid));
  const gone = [...has.keys()].filter((uid) => !left.has(uid));
  if (changed.length === 0 && gone.length === 0) return `{"kind":"beat",${at}}`;
  const uids = JSON.stringify(gone);
  return `{"kind":"changed",${at},"rows":[${listed(changed)}],"gone":${uids}}`;
}
