import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { seeded } from '../random.ts';
import type { VenueEvent } from './exchange.ts';
import {
  type Frame,
  orderDelete,
  orderInsert,
  orderMatch,
  tradeSingle,
  userTrade,
  welcome,
} from './feed-frames.ts';
import { FeedSession } from './feed-session.ts';
import { jsonText } from './replies.ts';
import type { Venue } from './venue.ts';

const CONNECTS = [{ limit: 15, periodMs: 60_000, blockMs: 60_000 }];
const FRAME_BYTES_MAX = 65_536;
/** Pings without an answer after which the next one closes instead: 45 s at the venue's pace. */
const UNANSWERED_MAX = 2;

/** mute: never sent, though counted; duplicate: sent twice; delay: sent `ms` later. */
export const FeedFault = z.strictObject({
  kind: z.enum(['mute', 'duplicate', 'delay']),
  /** Frame types it applies to, e.g. [452]. */
  types: z.array(z.int()).min(1),
  times: z.int().min(1).optional(),
  ms: z.int().min(0).max(3_600_000).default(1_000),
});

export const FeedClose = z.strictObject({
  code: z.int().min(1_000).max(4_999).default(1_000),
  /** Cuts the TCP connection without a close frame. */
  hard: z.boolean().default(false),
});

interface Connection {
  readonly socket: WebSocket;
  readonly session: FeedSession;
  readonly address: string;
  readonly pings: NodeJS.Timeout;
}

/** The venue's WebSocket face, on the same port as its HTTP one. */
export class Feed {
  readonly #venue: Venue;
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
  });
  readonly #connections = new Set<Connection>();
  readonly #random: () => number;
  #faults: { readonly fault: z.infer<typeof FeedFault>; applied: number }[] = [];
  #beat: NodeJS.Timeout | undefined;
  #hear: (text: string) => void = () => undefined;

  constructor(venue: Venue, http: Server, seed: number) {
    this.#venue = venue;
    this.#random = seeded(seed);
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    venue.listen((event) => this.#tell(event));
  }

  /** Orders a frame fault; throws a ZodError that names the field when it is none. */
  addFault(order: z.input<typeof FeedFault>): void {
    this.#faults.push({ fault: FeedFault.parse(order), applied: 0 });
  }

  removeFaults(): void {
    this.#faults = [];
  }

  /** Closes every connection from the venue's side. Returns how many there were. */
  close(order: z.input<typeof FeedClose> = {}): number {
    const { code, hard } = FeedClose.parse(order);
    const open = this.#connections.size;
    for (const { socket } of this.#connections) {
      if (hard) socket.terminate();
      else socket.close(code);
    }
    return open;
  }

  /** Sends every connection whatever it is given. Returns how many there were. */
  say(text: string): number {
    for (const { socket } of this.#connections) this.#write(socket, text);
    return this.#connections.size;
  }

  /** Leaves a number out of the sequence of every book that is joined. */
  skip(): void {
    for (const { session } of this.#connections) session.skip();
  }

  /** Every frame that goes out from now on is told to `hear`, in order. */
  record(hear: (text: string) => void): void {
    this.#hear = hear;
  }

  connections(): readonly Readonly<Record<string, unknown>>[] {
    return [...this.#connections].map(({ session, address }) => ({
      address,
      account: session.account ?? null,
      topics: session.topics(),
    }));
  }

  reset(): void {
    this.removeFaults();
    this.close({ hard: true });
  }

  stop(): void {
    clearTimeout(this.#beat);
    this.close({ hard: true });
    this.#server.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const quotas = this.#venue.settings.limiter ? CONNECTS : [];
    const subject = { route: 'feed', policy: 'ip', name: address } as const;
    const exceeded = this.#venue.windows.admit(subject, quotas, this.#venue.now());
    if (this.#venue.bans.isBanned(address)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    } else if (exceeded !== undefined) {
      const retry = `Retry-After: ${exceeded.retryAfterS}\r\nConnection: close\r\n\r\n`;
      socket.end(`HTTP/1.1 429 Too Many Requests\r\n${retry}`);
    } else {
      this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, address));
    }
  }

  #open(socket: WebSocket, address: string): void {
    const send = (frame: Frame): void => this.#send(socket, frame);
    const session = new FeedSession({ venue: this.#venue, random: this.#random, send });
    let unanswered = 0;
    const pings = setInterval(() => {
      if (this.#venue.settings.feedSilent) return;
      if (unanswered >= UNANSWERED_MAX) {
        socket.close(1_000);
        return;
      }
      unanswered += 1;
      socket.ping();
    }, this.#venue.settings.feedPingMs);
    const connection = { socket, session, address, pings };
    this.#connections.add(connection);
    socket.on('pong', () => {
      unanswered = 0;
    });
    socket.on('message', (data: Buffer) => session.hear(data.toString('utf8')));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(pings);
      this.#connections.delete(connection);
    });
    send(welcome);
    this.#keepBeating();
  }

  /** Beats while somebody listens. */
  #keepBeating(): void {
    if (this.#beat !== undefined || this.#connections.size === 0) return;
    this.#beat = setTimeout(() => {
      this.#beat = undefined;
      if (this.#venue.settings.walk) this.#walk();
      for (const { session } of this.#connections) session.batch();
      this.#keepBeating();
    }, this.#venue.settings.feedBatchMs);
  }

  #walk(): void {
    for (const market of this.#venue.exchange.markets.values()) {
      const step = this.#random() < 0.5 ? -market.priceStep() : market.priceStep();
      if (market.bid + step <= 0n) continue;
      const { bid, ask, last } = market;
      const moved = { bid: bid + step, ask: ask + step, last: last + step };
      this.#venue.exchange.setPrices(market.symbol.name, moved);
    }
  }

  #tell(event: VenueEvent): void {
    if (event.kind === 'book') return; // books go out in batches
    const { order } = event;
    const userId = this.#venue.userId(order.account);
    const { feedDeleteOnFill, feedTradeIds } = this.#venue.settings;
    for (const { session, socket } of this.#connections) {
      const isOwner = session.account === order.account;
      if (event.kind === 'traded') {
        const topic = { channel: 'trade', event: order.symbol.name };
        if (session.hasJoined(topic.channel, topic.event)) {
          this.#send(socket, tradeSingle(topic, event.trade, feedTradeIds));
        }
        if (isOwner) this.#send(socket, orderMatch(event.trade, userId));
        if (isOwner) this.#send(socket, userTrade(event.trade));
      } else if (isOwner && event.kind === 'accepted') {
        this.#send(socket, orderInsert(order, userId));
      } else if (isOwner && (event.kind === 'canceled' || feedDeleteOnFill)) {
        this.#send(socket, orderDelete(order, userId));
      }
    }
  }

  #send(socket: WebSocket, { type, model }: Frame): void {
    const text = jsonText([type, model]);
    const fault = this.#takeFault(type);
    if (fault?.kind === 'mute') return;
    if (fault?.kind === 'delay') {
      this.#venue.timers.after(fault.ms, 'feed', () => this.#write(socket, text));
      return;
    }
    this.#write(socket, text);
    if (fault?.kind === 'duplicate') this.#write(socket, text);
  }

  #write(socket: WebSocket, text: string): void {
    if (this.#venue.settings.feedSilent) return;
    this.#hear(text);
    socket.send(text);
  }

  #takeFault(type: number): z.infer<typeof FeedFault> | undefined {
    const active = this.#faults.find(
      ({ fault, applied }) => fault.types.includes(type) && applied < (fault.times ?? Infinity),
    );
    if (active === undefined) return undefined;
    active.applied += 1;
    return active.fault;
  }
}
