import { EventEmitter } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { Streams } from '../../../operator/console/live/streams.ts';
import type { Person } from '../../../operator/console/session/people.ts';

const nothing = () => undefined;
const aReply = (): FastifyReply => {
  const raw = { writeHead: nothing, flushHeaders: nothing, end: nothing };
  return { hijack: nothing, raw: Object.assign(new EventEmitter(), raw) } as never;
};

it('who signs in again and again cannot take the streams of all', () => {
  const streams = new Streams(pino({ level: 'silent' }), { came: nothing, left: nothing });
  const request = {} as FastifyRequest;
  const open = (username: string, id: string) =>
    streams.open(
      { username, id } as Person,
      { request, reply: aReply() },
      () => new Promise(nothing),
    );
  const took = () => {
    for (let count = 0; count < 256; count += 1) open('greedy', `session-${count}`);
  };
  expect(took).toThrow('too many windows');
  expect(() => open('anna', 'her own')).not.toThrow();
});
