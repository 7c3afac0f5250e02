import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Clock } from '../../../../crds/clock.ts';
import { paths, type Session } from '../../wire/paths.ts';
import type { Act, Target } from '../act/actions.ts';
import { ActDialog } from '../act/dialog.tsx';
import { ExecutorPage } from '../executor/page.tsx';
import { IncidentPage } from '../incidents/incident-page.tsx';
import { IncidentsPage } from '../incidents/page.tsx';
import type { Door, Failure } from '../live/door.ts';
import { OverviewPage, type Remembered } from '../overview/page.tsx';
import { type Route, routeOf } from '../route.ts';
import { type Desk, DeskContext } from './desk.ts';
import { Header } from './header.tsx';
import { SignIn } from './sign-in.tsx';
import { Empty, Failed, Loading } from './states.tsx';

type Who =
  | { readonly kind: 'asking' }
  | { readonly kind: 'out'; readonly ended: boolean }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'in'; readonly session: Session };

export function App({ door, clock }: { readonly door: Door; readonly clock: Clock }) {
  const [who, setWho] = useState<Who>({ kind: 'asking' });
  const route = useRoute();
  const ask = async (): Promise<void> => {
    const answer = await door.get<Session>(paths.session);
    if (answer.ok) setWho({ kind: 'in', session: answer.value });
    else if (answer.status === 401) setWho({ kind: 'out', ended: false });
    else setWho({ kind: 'failed', failure: answer });
  };
  useEffect(() => {
    door.signedOut = () =>
      setWho((before) => (before.kind === 'in' ? { kind: 'out', ended: true } : before));
    ask();
  }, [door]);
  const signOut = async (): Promise<void> => {
    const answer = await door.send('DELETE', paths.session);
    // only the server can take the cookie away
    if (answer.ok || answer.status === 401) return setWho({ kind: 'out', ended: false });
    const message = `You are still signed in: ${answer.message}`;
    setWho({ kind: 'failed', failure: { ...answer, message } });
  };
  const session = who.kind === 'in' ? who.session : null;
  return (
    <>
      <Header session={session} route={route} clock={clock} signOut={signOut} />
      {who.kind === 'asking' && <Loading what="your session" />}
      {who.kind === 'failed' && (
        <main id="main" class="page" tabIndex={-1}>
          <Failed what="console" failure={who.failure} again={ask} />
        </main>
      )}
      {who.kind === 'out' && (
        <SignIn
          door={door}
          ended={who.ended}
          signedIn={(in_) => setWho({ kind: 'in', session: in_ })}
        />
      )}
      {session !== null && <Inside {...{ door, clock, session, route }} />}
    </>
  );
}

interface Opened {
  readonly act: Act;
  readonly target: Target;
}

function Inside(props: {
  readonly door: Door;
  readonly clock: Clock;
  readonly session: Session;
  readonly route: Route;
}) {
  const { door, clock, session, route } = props;
  const [opened, setOpened] = useState<Opened | null>(null);
  const [said, setSaid] = useState('');
  const remembered = useRef<Remembered | null>(null);
  const desk = useMemo<Desk>(
    () => ({
      ...{ door, clock, session, say: setSaid },
      act: (act, target) => setOpened({ act, target }),
    }),
    [door, clock, session],
  );
  const close = useMemo(() => () => setOpened(null), []);
  return (
    <DeskContext.Provider value={desk}>
      <Page route={route} remembered={remembered} />
      {opened !== null && <ActDialog {...opened} close={close} />}
      <div class="unseen" aria-live="polite">
        {said}
      </div>
      <footer class="foot">
        Times are of {Intl.DateTimeFormat().resolvedOptions().timeZone}; hover for UTC. Numbers from{' '}
        {session.numbers === 'prometheus' ? 'Prometheus' : "the executors' own metrics"}. Operator{' '}
        {session.version}.
      </footer>
    </DeskContext.Provider>
  );
}

function Page(props: {
  readonly route: Route;
  readonly remembered: { current: Remembered | null };
}) {
  const { route } = props;
  switch (route.page) {
    case 'overview':
      return <OverviewPage query={route.query} remembered={props.remembered} />;
    case 'executor':
      return <ExecutorPage key={`${route.namespace}/${route.name}`} {...route} />;
    case 'incidents':
      return <IncidentsPage />;
    case 'incident':
      return <IncidentPage key={`${route.namespace}/${route.name}`} {...route} />;
    case 'nowhere':
      return (
        <main id="main" class="page" tabIndex={-1}>
          <Empty title="There is no such page.">
            <a href="#/">To the overview</a>
          </Empty>
        </main>
      );
  }
}

function useRoute(): Route {
  const [hash, setHash] = useState(() => location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return useMemo(() => routeOf(hash), [hash]);
}
