import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInUse, SenderDesk } from './sender-desk.ts';
import type { StopPoint } from './sender-process.ts';

let desk: SenderDesk;
beforeEach(async () => {
  desk = await SenderDesk.open();
});
afterEach(() => desk.close());

describe('a process that is stopped in the middle of an order', () => {
  it.each<[StopPoint, number, RegExp]>([
    ['before-journal', 503, /LEASE_LOST|CREDENTIAL_IN_USE/],
    ['after-journal', 503, /LEASE_LOST|CREDENTIAL_IN_USE/],
    ['after-signing', 503, /VENUE_UNREACHABLE/], // the signature is too old
    ['before-writing', 422, /Invalid Nonce/],
  ])(
    '%s, sends nothing after another took over',
    async (point, status, why) => {
      const first = await desk.start('first');
      const resting = await desk.trades(first);
      const second = await desk.start('second');
      await second.until('it sees the first', isInUse);
      const refused = await second.place();
      expect([refused.status, refused.body.error.code]).toEqual([503, 'CREDENTIAL_IN_USE']);

      await first.arm(point);
      const contested = first.place('contested');
      await first.standing();
      await desk.trades(second);
      expect(new Set(desk.senders().slice(1))).toEqual(new Set(['second']));
      const accepted = desk.senders().length;
      first.signal('SIGCONT');
      const answer = await contested;
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).toMatch(why);
      // Only the last one was past every gate: its bytes did arrive, and the venue refused the stamp.
      const late = desk.venue.ledger({ route: 'order.submit' }).requests.at(-1)?.outcome;
      const isFenced =
        late?.kind === 'answered' && late.message?.includes('Invalid Nonce') === true;
      expect(isFenced).toBe(point === 'before-writing');
      await first.until('it sees the second', isInUse);
      expect((await first.place()).status).toBe(503);
      expect(desk.senders()).toHaveLength(accepted);

      // A lost Lease stops new orders only (promise 7).
      const canceled = await first.call('DELETE', `/orders/${resting}`);
      expect(canceled.status).toBeLessThan(300);
      await desk.venue.control.wait({ clientId: resting, openAtMost: 0 });
    },
    60_000,
  );
});
