import { expect, it } from 'vitest';
import { Attendance } from '../../../operator/console/live/attendance.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function attended() {
  const clock = new ManualClock();
  let runs = false;
  const start = () => {
    runs = true;
  };
  const stop = () => {
    runs = false;
  };
  const attendance = new Attendance({ clock, start, stop });
  return {
    attendance,
    runs: () => runs,
    minutes: (count: number) => clock.advance(count * 60_000),
  };
}

it('runs nothing before somebody looks, and nothing long after the last has left', async () => {
  const { attendance, runs, minutes } = attended();
  expect(runs()).toBe(false);
  attendance.came();
  attendance.came();
  attendance.left();
  await minutes(60);
  expect(runs()).toBe(true); // one is still there
  attendance.left();
  await minutes(9);
  expect(runs()).toBe(true);
  await minutes(2);
  expect(runs()).toBe(false);
  attendance.came();
  expect(runs()).toBe(true);
});

it('goes on when somebody comes back in time', async () => {
  const { attendance, runs, minutes } = attended();
  attendance.came();
  attendance.left();
  await minutes(9);
  attendance.came();
  await minutes(30);
  expect(runs()).toBe(true);
});
