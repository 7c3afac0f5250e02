import type { SessionCalendar } from '../../wire/executor.ts';
import { paths } from '../../wire/paths.ts';
import { pathTo } from '../route.ts';
import { useAsked, useDesk } from '../shell/desk.ts';
import { Empty, Failed, Loading, Panel } from '../shell/states.tsx';
import { dayName } from '../words/instant.ts';
import { ahead, hoursOf, phaseWords } from './calendar-view.ts';

const EVERY_MS = 600_000;

export function CalendarPanel({ namespace, name }: { namespace: string; name: string }) {
  const calendar = useAsked<SessionCalendar>(pathTo(paths.calendar, { namespace, name }), EVERY_MS);
  const { value, failure } = calendar;
  return (
    <Panel id="calendar" title="Trading days" wide>
      {failure !== null && <Failed what="calendar" failure={failure} again={calendar.again} />}
      {value === null && failure === null && <Loading what="calendar" />}
      {value?.kind === 'always' && (
        <Empty title="Open around the clock.">
          <p>Its market has no sessions and no holidays.</p>
        </Empty>
      )}
      {value?.kind === 'sessions' && <Days calendar={value} />}
    </Panel>
  );
}

const KINDS = {
  full: 'full day',
  half: 'half day',
  holiday: 'holiday',
  weekend: 'weekend',
} as const;

function Days({ calendar }: { readonly calendar: SessionCalendar }) {
  const { clock } = useDesk();
  const today = new Date(clock.wall()).toISOString().slice(0, 10);
  const days = ahead(calendar, today);
  return (
    <>
      {days.length === 0 && <Empty title="The calendar has ended: every day counts as closed." />}
      <ol class="days">
        {days.map((day) => (
          <li key={day.date} class={day.kind} title={phaseWords(day)}>
            <span class="number">{dayName(day.date)}</span>
            <b>{day.name ?? KINDS[day.kind]}</b>
            <span class="number">{hoursOf(day)}</span>
          </li>
        ))}
      </ol>
      <p class="dim">
        Exchange time. {calendar.source ?? 'Source not known'}
        {calendar.version !== null && `, version ${calendar.version}`}
        {calendar.endsOn !== null && `, ends on ${calendar.endsOn}`}.
      </p>
    </>
  );
}
