import { useEffect, useRef, useState } from 'preact/hooks';
import type { Told } from '../../wire/overview.ts';
import { useDesk } from '../shell/desk.ts';
import { type Sight, sighted } from './age.ts';
import type { Failure } from './door.ts';

export interface Live<S> {
  readonly state: S;
  readonly sight: Sight | null;
  /** Why there is no connection; null while there is one or the first is being made. */
  readonly failure: Failure | null;
  /** Whether anything came since the last connection was made. */
  readonly current: boolean;
}

export interface Stream<S, E> {
  readonly path: string;
  /** Shown until the stream says otherwise: what was known when this page was last left. */
  readonly initial: Pick<Live<S>, 'state' | 'sight'>;
  readonly reduce: (state: S, event: E) => S;
  /** Called with what was and what is. */
  readonly changed?: (before: S, now: S) => void;
}

/**
 * Follows a stream while the page is seen: browsers keep few connections to one server, and those of
 * hidden tabs would be missing to the one that is looked at.
 */
export function useStream<S, E extends Told>(stream: Stream<S, E>): Live<S> {
  const { door, clock } = useDesk();
  const [live, setLive] = useState<Live<S>>({ ...stream.initial, failure: null, current: false });
  const latest = useRef(live);
  const rules = useRef(stream);
  rules.current = stream;
  useEffect(() => {
    let stop = new AbortController();
    const show = (next: Partial<Live<S>>): void => {
      latest.current = { ...latest.current, ...next };
      setLive(latest.current);
    };
    const event = (value: E): void => {
      const { state, sight, current } = latest.current;
      const next = rules.current.reduce(state, value);
      show({
        state: next,
        sight: sighted(current ? sight : null, value, clock.elapsed()),
        failure: null,
        current: true,
      });
      if (next !== state) rules.current.changed?.(state, next);
    };
    const open = (): void => {
      const opened = () => show({ current: false });
      const lost = (failure: Failure) => show({ failure, current: false });
      const { signal } = stop;
      const whenOpen = (value: E) => (signal.aborted ? undefined : event(value));
      door.follow<E>(stream.path, { event: whenOpen, opened, lost }, signal);
    };
    const seen = (): void => {
      stop.abort();
      stop = new AbortController();
      if (document.visibilityState === 'visible') open();
    };
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => {
      stop.abort();
      document.removeEventListener('visibilitychange', seen);
    };
  }, [stream.path, door, clock]);
  return live;
}
