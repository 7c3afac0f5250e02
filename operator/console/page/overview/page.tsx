import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ExecutorRow, OverviewEvent } from '../../wire/overview.ts';
import { paths } from '../../wire/paths.ts';
import type { Sight } from '../live/age.ts';
import { type Rows, rowsAfter } from '../live/overview-state.ts';
import { type Live, useStream } from '../live/use-stream.ts';
import { hashOf, type Query } from '../route.ts';
import { useDesk, useTick } from '../shell/desk.ts';
import { LinkMark, LostBanner, linkState } from '../shell/link-state.tsx';
import { Empty, Failed, Loading } from '../shell/states.tsx';
import { counted } from '../words/numbers.ts';
import { announcement } from './announce.ts';
import { type Filter, filterOf, isFiltering, matches, noFilter, queryOf } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { heldOrder, inOrder } from './order.ts';
import { type Quantile, Table } from './table.tsx';
import { totals } from './totals.ts';
import { TotalsBar } from './totals-bar.tsx';

/** What was shown when this page was last left: coming back is instant, and its age is told. */
export interface Remembered {
  readonly rows: Rows;
  readonly sight: Sight | null;
}

const none: Rows = new Map();
const QUANTILES: readonly Quantile[] = ['p50', 'p95', 'p99'];

export function OverviewPage(props: {
  readonly query: Query;
  readonly remembered: { current: Remembered | null };
}) {
  const desk = useDesk();
  const before = props.remembered.current;
  const live = useStream<Rows, OverviewEvent>({
    path: paths.overview,
    initial: { state: before?.rows ?? none, sight: before?.sight ?? null },
    reduce: rowsAfter,
    changed: (was, now) => {
      const words = announcement(was, now);
      if (words !== '') desk.say(words);
    },
  });
  props.remembered.current = { rows: live.state, sight: live.sight };
  const filter = useMemo(() => filterOf(props.query), [props.query]);
  const quantile = QUANTILES.find((one) => one === props.query.quantile) ?? 'p95';
  const go = (next: Filter, shown: Quantile = quantile): void => {
    const query = { ...queryOf(next), quantile: shown === 'p95' ? '' : shown };
    // replaced, not pushed: Back leaves the page instead of undoing letters of a filter
    history.replaceState(null, '', hashOf({ page: 'overview', query }));
    dispatchEvent(new HashChangeEvent('hashchange'));
  };
  const sum = useMemo(() => totals(live.state.values()), [live.state]);
  useEffect(() => {
    document.title = sum.critical > 0 ? `(${sum.critical}) Trading console` : 'Trading console';
  }, [sum.critical]);
  return (
    <main id="main" class="page overview" tabIndex={-1}>
      <h1 class="unseen">Executors</h1>
      <Standing live={live} sum={sum} filter={filter} go={go} />
      <FilterBar {...{ filter, quantile, namespaces: sum.namespaces, rows: live.state }} go={go} />
      <List live={live} filter={filter} quantile={quantile} clear={() => go(noFilter)} />
    </main>
  );
}

/** The part that ticks. */
function Standing(props: {
  readonly live: Live<Rows>;
  readonly sum: ReturnType<typeof totals>;
  readonly filter: Filter;
  readonly go: (filter: Filter) => void;
}) {
  const { clock } = useDesk();
  const link = linkState(props.live, useTick(clock));
  useEffect(() => {
    document.documentElement.classList.toggle('old', !link.fresh && !link.waiting);
    return () => document.documentElement.classList.remove('old');
  }, [link.fresh, link.waiting]);
  return (
    <>
      <LostBanner live={props.live} link={link} />
      <div class="standing">
        <TotalsBar sum={props.sum} filter={props.filter} go={props.go} />
        <span class="grow" />
        <LinkMark link={link} />
      </div>
    </>
  );
}

function List(props: {
  readonly live: Live<Rows>;
  readonly filter: Filter;
  readonly quantile: Quantile;
  readonly clear: () => void;
}) {
  const { live, filter, quantile } = props;
  const [held, setHeld] = useState(false);
  const shown = useOrder(live.state, filter, held);
  if (live.sight === null) {
    if (live.failure === null) return <Loading what="executors" lines={12} />;
    return <Failed what="executors" failure={live.failure} />;
  }
  if (shown.length === 0) return <Nothing live={live} filter={filter} clear={props.clear} />;
  return (
    <>
      <Table rows={shown} quantile={quantile} hold={setHeld} />
      <p class="under-table">
        {isFiltering(filter)
          ? `${counted(shown.length, 'executor')} of ${live.state.size} shown.`
          : `${counted(shown.length, 'executor')}, trouble first.`}{' '}
        <span class="held">{held ? 'Order held while you are on a row.' : ''}</span>
      </p>
    </>
  );
}

const Nothing = (props: {
  readonly live: Live<Rows>;
  readonly filter: Filter;
  readonly clear: () => void;
}) =>
  isFiltering(props.filter) ? (
    <Empty title="No executor is like that.">
      <p>{counted(props.live.state.size, 'executor')} are there without the filter.</p>
      <button type="button" onClick={props.clear}>
        Clear the filter
      </button>
    </Empty>
  ) : (
    <Empty title="There is no executor you may see.">
      <p>
        Your token may list none, or none was applied yet. Apply one:{' '}
        <code>kubectl apply -f crds/examples/</code>
      </p>
    </Empty>
  );

/** Sorted and filtered rows; while `held`, nothing that is there changes its place. */
function useOrder(rows: Rows, filter: Filter, held: boolean): readonly ExecutorRow[] {
  const order = useRef<readonly string[]>([]);
  const drawnFor = useRef(filter);
  const shown = useMemo(() => {
    const wanted = inOrder([...rows.values()].filter((row) => matches(filter, row)));
    return held && drawnFor.current === filter ? heldOrder(order.current, wanted) : wanted;
  }, [rows, filter, held]);
  drawnFor.current = filter;
  order.current = shown.map(({ uid }) => uid);
  return shown;
}
