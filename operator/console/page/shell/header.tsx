import { useEffect, useState } from 'preact/hooks';
import type { Clock } from '../../../../crds/clock.ts';
import type { Session } from '../../wire/paths.ts';
import type { Route } from '../route.ts';
import { epochOf } from '../words/instant.ts';
import { duration } from '../words/numbers.ts';
import { useTick } from './desk.ts';
import { nextTheme, type Theme, themeOf } from './theme.ts';

const SOON_MS = 10 * 60_000;

export const Header = (props: {
  readonly session: Session | null;
  readonly route: Route;
  readonly clock: Clock;
  readonly signOut: () => void;
}) => (
  <header class="top">
    <button type="button" class="skip" onClick={toMain}>
      Skip to content
    </button>
    <a class="brand" href="#/">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path d="M3 17h6l3-9 6 17 4-8h7" />
      </svg>
      Trading console
    </a>
    {props.session !== null && (
      <nav aria-label="Pages">
        <NavLink href="#/" on={props.route.page === 'overview' || props.route.page === 'executor'}>
          Executors
        </NavLink>
        <NavLink
          href="#/incidents"
          on={props.route.page === 'incidents' || props.route.page === 'incident'}
        >
          Incidents
        </NavLink>
      </nav>
    )}
    <span class="grow" />
    {props.session !== null && <Who {...props} session={props.session} />}
    <ThemeButton />
  </header>
);

/** Not a link: the address is the route, and this jump must not change it. */
function toMain(): void {
  document.getElementById('main')?.focus();
}

const NavLink = (props: {
  readonly href: string;
  readonly on: boolean;
  readonly children: string;
}) => (
  <a href={props.href} {...(props.on ? { 'aria-current': 'page' as const } : {})}>
    {props.children}
  </a>
);

function Who(props: {
  readonly session: Session;
  readonly clock: Clock;
  readonly signOut: () => void;
}) {
  useTick(props.clock);
  const now = props.clock.wall();
  const left = (epochOf(props.session.expiresAt) ?? now) - now;
  return (
    <span class="who">
      {left < SOON_MS && (
        <span class="ends">Session ends in {duration(Math.max(0, left - (left % 60_000)))}</span>
      )}
      <span class="name" title={props.session.username}>
        {props.session.username}
      </span>
      <button type="button" class="text-button" onClick={props.signOut}>
        Sign out
      </button>
    </span>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(() => themeOf(localStorage.getItem('theme')));
  useEffect(() => {
    localStorage.setItem('theme', theme);
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <button
      type="button"
      class="theme"
      onClick={() => setTheme(nextTheme)}
      aria-label={`Theme: ${theme}. Change to ${nextTheme(theme)}`}
      title={`Theme: ${theme}`}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6" />
        <path d="M8 2a6 6 0 0 1 0 12Z" fill="currentColor" />
      </svg>
      <span class="theme-name">{theme}</span>
    </button>
  );
}
