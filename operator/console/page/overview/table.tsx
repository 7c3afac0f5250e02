import { useEffect, useRef, useState } from 'preact/hooks';
import type { ExecutorRow } from '../../wire/overview.ts';
import { Row } from './row.tsx';
import { type Window, windowOf } from './window.ts';

export type Quantile = 'p50' | 'p95' | 'p99';

/** Both are the heights in overview.css: rows of one height are what makes thousands of them cheap. */
const ROW_PX = 56;
const CARD_PX = 188;
const CARDS = '(max-width: 760px)';

export function Table(props: {
  readonly rows: readonly ExecutorRow[];
  readonly quantile: Quantile;
  readonly hold: (held: boolean) => void;
}) {
  const { rows, quantile, hold } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const { window, rowPx } = useWindow(body, rows.length);
  const release = (event: FocusEvent): void => {
    if (!body.current?.contains(event.relatedTarget as Node | null)) hold(false);
  };
  const drawn = rows.slice(window.first, window.end);
  return (
    <table class="rows" aria-rowcount={rows.length + 1}>
      <Head quantile={quantile} />
      <tbody
        ref={body}
        onPointerEnter={(event) => hold(event.pointerType === 'mouse')}
        onPointerLeave={() => hold(false)}
        onFocusIn={() => hold(true)}
        onFocusOut={release}
        onKeyDown={(event) => move(event, rowPx)}
      >
        <tr class="spacer" style={{ height: `${window.first * rowPx}px` }} />
        {drawn.map((row, index) => (
          <Row key={row.uid} row={row} quantile={quantile} index={window.first + index + 2} />
        ))}
        <tr
          class="spacer"
          style={{ height: `${(rows.length - window.first - drawn.length) * rowPx}px` }}
        />
      </tbody>
    </table>
  );
}

const Head = ({ quantile }: { readonly quantile: Quantile }) => (
  <thead>
    <tr aria-rowindex={1}>
      <th scope="col">Executor</th>
      <th scope="col">Badge</th>
      <th scope="col">Mode</th>
      <th scope="col">Kill</th>
      <th scope="col" class="right" title="Place to acknowledgement, the last 5 minutes">
        {quantile.toUpperCase()}
      </th>
      <th scope="col" class="right" title="Left of the latency budget of 30 days">
        Budget left
      </th>
      <th scope="col" class="alerts">
        Alerts
      </th>
      <th scope="col" class="right" title="Orders whose outcome is not known">
        Unknown
      </th>
      <th scope="col" class="version">
        Version
      </th>
      <th scope="col">
        <span class="unseen">Act</span>
      </th>
    </tr>
  </thead>
);

function useWindow(body: { current: HTMLElement | null }, rows: number) {
  const [cards, setCards] = useState(() => matchMedia(CARDS).matches);
  const [window, setWindow] = useState<Window>({ first: 0, end: 40 });
  const rowPx = cards ? CARD_PX : ROW_PX;
  useEffect(() => {
    const look = (): void => {
      if (body.current === null) return;
      const scrolledPx = -body.current.getBoundingClientRect().top;
      const next = windowOf({ rows, rowPx, scrolledPx, heightPx: innerHeight });
      setWindow((was) => (was.first === next.first && was.end === next.end ? was : next));
    };
    const media = matchMedia(CARDS);
    const changed = () => setCards(media.matches);
    look();
    media.addEventListener('change', changed);
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      media.removeEventListener('change', changed);
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [rows, rowPx, body]);
  return { window, rowPx };
}

/** Arrows, j and k go from row to row. */
function move(event: KeyboardEvent, rowPx: number): void {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  const row = (event.target as Element).closest('tr');
  if (step === undefined || row === null || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
  const link = next?.querySelector<HTMLElement>('a.to');
  if (link === null || link === undefined) return;
  link.focus({ preventScroll: true });
  const { top, bottom } = link.getBoundingClientRect();
  if (top < 2 * rowPx || bottom > innerHeight - rowPx) scrollBy({ top: step * rowPx });
}
