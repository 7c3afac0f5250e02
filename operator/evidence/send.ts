import { extname } from 'node:path';
import type { FastifyReply } from 'fastify';
import { Refusal } from '../http/refusal.ts';
import type { StoredFile } from './store.ts';

/** What the store says, or 503: its own words, with the bucket's name in them, are for the log. */
export const answered = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch((cause: unknown) => {
    const message = "the store of evidence does not answer; try again, or see this server's log";
    throw new Refusal(503, 'STORE_UNAVAILABLE', message, { cause });
  });

const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
};

/** Never as a page: a log may hold what a browser would run. Throws 404 for what is not there. */
export function send(
  reply: FastifyReply,
  name: string,
  stored: StoredFile | undefined,
): FastifyReply {
  if (stored === undefined) throw new Refusal(404, 'NOT_FOUND', 'the file is no longer there');
  return reply
    .type(TYPES[extname(name)] ?? 'text/plain; charset=utf-8')
    .header('content-length', stored.bytes)
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'no-store')
    .send(stored.content);
}
