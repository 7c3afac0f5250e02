import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Agent, buildConnector, WebSocket } from 'undici';

/** A handshake that takes longer is none. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A full book of 100 levels a side is under 10 KB. */
const FRAME_BYTES_MAX = 1024 * 1024;

export interface SocketEvents {
  readonly opened: () => void;
  readonly text: (text: string) => void;
  /** A protocol ping; it is answered below us. */
  readonly ping: () => void;
  /** Once: it could not be opened, or it is over. */
  readonly ended: (why: string) => void;
}

export interface FeedSocket {
  send(text: string): void;
  /** Over at once, without a farewell that a dead peer would not answer. Nothing is told any more. */
  destroy(): void;
}

export type Dial = (url: string, events: SocketEvents) => FeedSocket;

const pings = channel('undici:websocket:ping');

/** Opens a WebSocket. An address that cannot be used ends like one where nobody is. */
export const dial: Dial = (url, events) => {
  let raw: Socket | undefined;
  let isOver = false;
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  const dispatcher = new Agent({
    headersTimeout: CONNECT_TIMEOUT_MS,
    webSocket: { maxPayloadSize: FRAME_BYTES_MAX },
    connect: (options, done) =>
      connect(options, (...answer) => {
        raw = answer[1] ?? undefined;
        if (isOver) raw?.destroy();
        done(...answer);
      }),
  });
  const socket = new WebSocket(url, { dispatcher });
  const onPing = (message: unknown) => {
    if ((message as { websocket?: unknown }).websocket === socket) events.ping();
  };
  const release = (): void => {
    if (isOver) return;
    isOver = true;
    pings.unsubscribe(onPing);
    raw?.destroy();
    void dispatcher.destroy();
  };
  const end = (why: string): void => {
    if (isOver) return;
    release();
    events.ended(why);
  };
  pings.subscribe(onPing);
  socket.addEventListener('open', () => isOver || events.opened());
  socket.addEventListener('message', ({ data }) => {
    if (!isOver) events.text(typeof data === 'string' ? data : '');
  });
  socket.addEventListener('error', ({ message, error }) => end(reasonOf(message, error)));
  socket.addEventListener('close', ({ code, reason }) =>
    end(`closed with ${code} ${reason}`.trim()),
  );
  return { send: (text) => socket.send(text), destroy: release };
};

function reasonOf(message: string, error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  const said = cause instanceof Error ? cause.message : message;
  return said === '' ? 'the connection broke' : said;
}
