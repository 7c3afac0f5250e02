import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../../crds/clock.ts';
import { SHOTS_PATH, ShotOrder } from './order.ts';
import { type Studio, shoot } from './shoot.ts';

const BODY_BYTES_MAX = 16 * 1_024;
/** Each step of a picture has its own limit; this one is for a browser that does not end either. */
const SHOT_MS_MAX = 40_000;

export interface CameraOptions extends Studio {
  /** A Unix socket in a folder that the evidence server alone shares: there is no port, so no stranger. */
  readonly socket: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface CameraServer {
  stop(): Promise<void>;
}

/**
 * POST /shots: the PNG of a page, or why there is none as text. One browser at a time, in the order
 * that they were asked for; who hangs up first gets none started.
 */
export async function startCamera(options: CameraOptions): Promise<CameraServer> {
  let free: Promise<unknown> = Promise.resolve();
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    const left = new AbortController();
    response.once('close', () => left.abort(new Error('nobody waits for it any more')));
    const order = orderOf(request);
    const shot = Promise.all([order, free]).then(([what]) => shoot(what, options, left.signal));
    free = Promise.race([shot.catch(() => undefined), options.clock.after(SHOT_MS_MAX)]);
    shot.then(
      (png) => response.writeHead(200, { 'content-type': 'image/png' }).end(png),
      (cause: unknown) => refuse(response, cause, options.log),
    );
  });
  await rm(options.socket, { force: true }); // of a process that was killed
  await listening(server, options.socket);
  return {
    async stop() {
      server.close();
      server.closeAllConnections();
      await free;
    },
  };
}

async function listening(server: Server, socket: string): Promise<void> {
  server.listen({ path: socket });
  await once(server, 'listening');
}

class NoOrder extends Error {}

async function orderOf(request: IncomingMessage): Promise<ShotOrder> {
  const { method, url, headers } = request;
  if (method !== 'POST' || url !== SHOTS_PATH)
    throw new NoOrder(`POST ${SHOTS_PATH} is all there is`);
  if (!(Number(headers['content-length']) <= BODY_BYTES_MAX))
    throw new NoOrder('no such long order');
  const asked = ShotOrder.safeParse(jsonOf(await text(request)));
  if (asked.success) return asked.data;
  throw new NoOrder(z.prettifyError(asked.error));
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // refused as what it is not
  }
}

function refuse(response: ServerResponse, cause: unknown, log: Logger): void {
  const status = cause instanceof NoOrder ? 422 : 502;
  const why = cause instanceof Error ? cause.message : String(cause);
  if (status === 502) log.warn({ err: cause }, 'no picture could be taken');
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(why);
}
