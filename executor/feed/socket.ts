import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Agent, buildConnector, WebSocket } from 'undici';

/** A handshake that takes longer is none. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A full book of 100 levels a side is under 10 KB. */
const FRAME_BYTES_MAX = 1024 * 1024;

/** Why a connection could not be opened, or is over. */
export interface Ending {
  readonly why: string;
  /** The venue refused the connect and asked for so long a pause. */
  readonly retryAfterMs?: number | undefined;
}

export interface SocketEvents {
  readonly opened: () => void;
  readonly text: (text: string) => void;
  /** A protocol ping; it is answered below us. */
  readonly ping: () => void;
  /** Once. */
  readonly ended: (ending: Ending) => void;
}

export interface FeedSocket {
  send(text: string): void;
  /** Over at once, without a farewell that a dead peer would not answer. Nothing is told any more. */
  destroy(): void;
}

export type Dial = (url: string, events: SocketEvents) => FeedSocket;

// What a WebSocket does not tell. The feed's thread makes no other requests.
const pings = channel('undici:websocket:ping');
const answers = channel('undici:request:headers');

/** Opens a WebSocket; throws when the address cannot be one. */
export const dial: Dial = (url, events) => {
  let raw: Socket | undefined;
  let ending: Ending | undefined;
  let isOver = false;
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  const dispatcher = new Agent({
    headersTimeout: CONNECT_TIMEOUT_MS,
    webSocket: { maxPayloadSize: FRAME_BYTES_MAX },
    connect: (options, done) =>
      connect(options, (...answer) => {
        const [fault, socket] = answer;
        if (fault !== null) ending = { why: faultText(fault) };
        raw = socket ?? undefined;
        if (isOver) raw?.destroy();
        done(...answer);
      }),
  });
  const socket = new WebSocket(url, { dispatcher });
  const onPing = (message: unknown) => {
    if ((message as { websocket?: unknown }).websocket === socket) events.ping();
  };
  const onAnswer = (message: unknown) => {
    ending ??= refusal((message as { response: Head }).response);
  };
  const release = (): void => {
    if (isOver) return;
    isOver = true;
    pings.unsubscribe(onPing);
    answers.unsubscribe(onAnswer);
    raw?.destroy();
    void dispatcher.destroy();
  };
  pings.subscribe(onPing);
  answers.subscribe(onAnswer);
  socket.addEventListener('open', () => isOver || events.opened());
  socket.addEventListener('message', ({ data }) => {
    if (!isOver) events.text(typeof data === 'string' ? data : '');
  });
  // An error is always followed by its close.
  socket.addEventListener('close', ({ code, reason }) => {
    if (isOver) return;
    release();
    events.ended(ending ?? { why: `the connection was closed with ${code} ${reason}`.trim() });
  });
  return { send: (text) => socket.send(text), destroy: release };
};

interface Head {
  readonly statusCode: number;
  /** Names and values in turn. */
  readonly headers: readonly (Buffer | string)[];
}

function refusal({ statusCode, headers }: Head): Ending | undefined {
  if (statusCode === 101) return undefined;
  const name = headers.findIndex((text) => String(text).toLowerCase() === 'retry-after');
  const seconds = name < 0 ? Number.NaN : Number(String(headers[name + 1]));
  const why = `the venue refused the connect with ${statusCode}`;
  return { why, retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined };
}

/** Several addresses that failed come as one fault without a text of its own. */
function faultText(fault: Error): string {
  const [first] = fault instanceof AggregateError ? (fault.errors as unknown[]) : [];
  return first instanceof Error ? first.message : fault.message;
}
