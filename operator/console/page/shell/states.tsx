import type { ComponentChildren } from 'preact';
import type { Failure } from '../live/door.ts';
import { clockTime } from '../words/instant.ts';
import { age } from '../words/numbers.ts';
import { Note } from './mark.tsx';

/** Grey bars where something will be; a reader is told in words. */
export const Loading = (props: { readonly what: string; readonly lines?: number }) => (
  <div class="loading" role="status">
    <span class="unseen">Loading {props.what}</span>
    {Array.from({ length: props.lines ?? 4 }, (_, index) => (
      <span key={index} class="bar" aria-hidden="true" />
    ))}
  </div>
);

export const Empty = (props: { readonly title: string; readonly children?: ComponentChildren }) => (
  <div class="empty">
    <p class="empty-title">{props.title}</p>
    {props.children}
  </div>
);

/** What went wrong, in the server's words, and a way to try again. */
export const Failed = (props: {
  readonly what: string;
  readonly failure: Failure;
  readonly again?: () => void;
}) => (
  <Note tone={props.failure.status === 403 ? 'warning' : 'critical'}>
    <strong>
      {props.failure.status === 403 ? `You may not see ${props.what}.` : `No ${props.what}.`}
    </strong>{' '}
    {props.failure.message}
    {props.again !== undefined && props.failure.status !== 403 && (
      <>
        {' '}
        <button type="button" class="text-button" onClick={props.again}>
          Try again
        </button>
      </>
    )}
  </Note>
);

/** An instant where the reader is; the exact one in UTC on hover. */
export const Time = (props: {
  readonly at: string | null | undefined;
  readonly now: number;
  readonly precise?: boolean;
}) => (
  <time dateTime={props.at ?? ''} title={props.at ?? ''} class="number">
    {clockTime(props.at, { now: props.now, precise: props.precise === true })}
  </time>
);

export const Aged = (props: { readonly ms: number | null; readonly late?: boolean }) => (
  <span class={props.late === true ? 'aged late' : 'aged'}>
    {props.ms === null ? '' : `as of ${age(props.ms)} ago`}
  </span>
);

/** One subject of a page, with its own age and its own failure. */
export const Panel = (props: {
  readonly title: string;
  readonly id: string;
  readonly wide?: boolean;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) => (
  <section
    class={props.wide === true ? 'panel wide' : 'panel'}
    aria-labelledby={`${props.id}-title`}
  >
    <header class="panel-head">
      <h2 id={`${props.id}-title`}>{props.title}</h2>
      {props.aside}
    </header>
    {props.children}
  </section>
);
