import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useState } from 'preact/hooks';
import type { Clock } from '../../../../crds/clock.ts';
import type { Session } from '../../wire/paths.ts';
import type { Act, Target } from '../act/actions.ts';
import type { Answer, Door, Failure } from '../live/door.ts';

/** What every page needs. */
export interface Desk {
  readonly door: Door;
  readonly clock: Clock;
  readonly session: Session;
  /** Opens the dialog for one act on one target. */
  act(act: Act, target: Target): void;
  /** Tells a screen reader, politely. */
  say(words: string): void;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error('useDesk() outside of <DeskContext>');
  return desk;
}

const TICK_MS = 1_000;

/** Draws anew every second: ages and countdowns tick. Gives the monotonic clock. */
export function useTick(clock: Clock): number {
  const [elapsed, setElapsed] = useState(() => clock.elapsed());
  useEffect(() => {
    const stop = new AbortController();
    const tick = async (): Promise<void> => {
      for (;;) {
        await clock.after(TICK_MS, stop.signal);
        setElapsed(clock.elapsed());
      }
    };
    tick().catch(() => undefined); // ended by the abort
    return () => stop.abort();
  }, [clock]);
  return elapsed;
}

export interface Asked<T> {
  readonly value: T | null;
  readonly failure: Failure | null;
  /** Monotonic ms when `value` came. */
  readonly gotAt: number;
  again(): void;
}

const nothing = { value: null, failure: null, gotAt: 0 };

/** Asks for a path, and again every `everyMs` while the page is seen. A failure keeps the last value. */
export function useAsked<T>(path: string, everyMs: number): Asked<T> {
  const { door, clock } = useDesk();
  const [state, setState] = useState<Omit<Asked<T>, 'again'> & { path: string }>({
    ...nothing,
    path,
  });
  const [asks, setAsks] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const took = (answer: Answer<T>): void => {
      if (stop.signal.aborted) return;
      setState((before) => {
        const kept = before.path === path ? before : { ...nothing, path };
        return answer.ok
          ? { value: answer.value, failure: null, gotAt: clock.elapsed(), path }
          : { ...kept, failure: answer };
      });
    };
    const ask = async (): Promise<void> => {
      for (;;) {
        if (document.visibilityState === 'visible') took(await door.get<T>(path));
        await clock.after(everyMs, stop.signal);
      }
    };
    ask().catch(() => undefined); // ended by the abort
    return () => stop.abort();
  }, [path, everyMs, asks, door, clock]);
  const again = useCallback(() => setAsks((before) => before + 1), []);
  return { ...(state.path === path ? state : nothing), again };
}
