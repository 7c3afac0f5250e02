import { ageMs, isFresh } from '../live/age.ts';
import type { Live } from '../live/use-stream.ts';
import { age } from '../words/numbers.ts';
import { Mark, Note } from './mark.tsx';

export interface LinkState {
  /** Age of what is shown, ms. */
  readonly age: number | null;
  /** Numbers may pass for the present. */
  readonly fresh: boolean;
  /** Nothing was ever there. */
  readonly waiting: boolean;
}

export function linkState(live: Live<unknown>, elapsed: number): LinkState {
  const old = ageMs(live.sight, elapsed);
  return { age: old, fresh: isFresh(old), waiting: live.sight === null };
}

/** How old what is shown is, in the header of a page; it ticks. */
export function LinkMark({ link }: { readonly link: LinkState }) {
  if (link.waiting) return <Mark tone="quiet">Connecting</Mark>;
  if (link.fresh) return <Mark tone="good">Live · {age(link.age)} old</Mark>;
  return <Mark tone="critical">Not live · {age(link.age)} old</Mark>;
}

/** Says across the page that nothing on it is of now. */
export function LostBanner(props: { readonly live: Live<unknown>; readonly link: LinkState }) {
  const { live, link } = props;
  if (link.fresh || link.waiting) return null;
  return (
    <div class="lost" role="alert">
      <Note tone="critical">
        <strong>Connection lost.</strong> What is shown is <b class="number">{age(link.age)}</b> old
        and may be wrong by now. {live.failure?.message ?? 'The server has gone silent.'} Trying
        again.
      </Note>
    </div>
  );
}
