import { once } from 'node:events';
import { WebSocket } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: tests read venue JSON freely
export type Model = any;

/** A feed connection that keeps every frame and lets tests await the next one of a type. */
export class Listener {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  readonly #unread: Model[] = [];
  readonly #waiting: { readonly type: number; readonly take: (model: Model) => void }[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.texts.push(text);
      const [, model] = JSON.parse(text);
      const index = this.#waiting.findIndex(({ type }) => type === model.type);
      const [waiter] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (waiter === undefined) this.#unread.push(model);
      else waiter.take(model);
    });
  }

  static async open(url: string, options: { autoPong?: boolean } = {}): Promise<Listener> {
    const listener = new Listener(new WebSocket(url, options));
    await once(listener.socket, 'open');
    return listener;
  }

  say(type: number, model: Readonly<Record<string, unknown>>): void {
    this.socket.send(JSON.stringify([type, { type, ...model }]));
  }

  join(channel: string, event: string, join = true): void {
    this.say(151, { channel, event, join });
  }

  /** The oldest unread frame of this type, or the next to come. */
  next(type: number): Promise<Model> {
    const index = this.#unread.findIndex((model) => model.type === type);
    if (index >= 0) return Promise.resolve(this.#unread.splice(index, 1)[0]);
    return new Promise((take) => this.#waiting.push({ type, take }));
  }

  /** Types of the frames nobody has read. */
  unread(): readonly number[] {
    return this.#unread.map((model) => model.type);
  }

  async closed(): Promise<number> {
    const [code] = await once(this.socket, 'close');
    return code as number;
  }
}
