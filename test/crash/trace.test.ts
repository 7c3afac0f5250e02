import { describe, expect, it } from 'vitest';
import { calls, proof } from './trace.ts';

const ports = { executor: 8443, venue: 9000 };
const client = 'TCP:[127.0.0.1:8443->127.0.0.1:50000]';
const venue = 'TCP:[127.0.0.1:50001->127.0.0.1:9000]';
const wal = '/data/journal.sqlite-wal';

const asked = `10 1.0 read(20<${client}>, "\\27\\3\\3"..., 65536) = 300`;
const synced = (at: number) => [
  `11 ${at}.1 fsync(25<${wal}> <unfinished ...>`,
  `11 ${at}.2 <... fsync resumed>) = 0`,
];
const submitted = `10 3.0 writev(22<${venue}>, [{iov_base="POST /api/v1/order HTTP/1.1"...}], 1) = 500`;
const replied = `10 4.0 read(22<${venue}>, "HTTP/1.1 200 OK"..., 65536) = 300`;
const told = `10 6.0 writev(20<${client}>, [{iov_base="\\27\\3\\3"...}], 1) = 600`;

const verdict = (lines: readonly string[]) => proof(calls(lines.join('\n')), ports);

describe('what a system-call trace proves', () => {
  it('is a sync before the order leaves and another before the caller hears', () => {
    const seen = verdict([asked, ...synced(2), submitted, replied, ...synced(5), told]);
    expect(seen.ok && seen.path.map(({ name }) => name)).toEqual([
      ...['read', 'sync', 'write', 'read', 'sync', 'write'],
    ]);
  });

  it('is nothing when the order left while the sync was still under way', () => {
    const [begun = '', ended = ''] = synced(2);
    expect(verdict([asked, begun, submitted, ended, replied, ...synced(5), told])).toEqual({
      ok: false,
      why: 'the order left before it was synced',
    });
  });

  it('is nothing when the only sync belongs to what came before the request', () => {
    expect(verdict([...synced(0), asked, submitted, replied, ...synced(5), told])).toEqual({
      ok: false,
      why: 'the order left before it was synced',
    });
  });

  it('is nothing when the caller heard first', () => {
    expect(verdict([asked, ...synced(2), submitted, replied, told, ...synced(7)])).toEqual({
      ok: false,
      why: 'the caller was answered before it was synced',
    });
  });
});
