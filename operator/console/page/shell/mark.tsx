import type { ComponentChildren } from 'preact';
import type { Tone } from '../words/trouble.ts';

/** A shape for each tone, so that it is told without colour. */
const shapes: Record<Tone, string> = {
  critical: 'M8 1.2 15.4 14.4H.6Z',
  warning: 'M8 .8 15.2 8 8 15.2.8 8Z',
  good: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z',
  quiet:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 2.2a4.3 4.3 0 1 0 0 8.6 4.3 4.3 0 0 0 0-8.6Z',
};

export const Shape = ({ tone }: { readonly tone: Tone }) => (
  <svg class={`shape ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
    <path d={shapes[tone]} fill-rule="evenodd" />
  </svg>
);

/** A word with the shape and colour of its tone. */
export const Mark = (props: { readonly tone: Tone; readonly children: ComponentChildren }) => (
  <span class={`mark ${props.tone}`}>
    <Shape tone={props.tone} />
    <span>{props.children}</span>
  </span>
);

/** Why a control may not be used, said to everybody: a disabled button alone explains nothing. */
export const Note = (props: { readonly tone: Tone; readonly children: ComponentChildren }) => (
  <div class={`note ${props.tone}`}>
    <Shape tone={props.tone} />
    <div>{props.children}</div>
  </div>
);
