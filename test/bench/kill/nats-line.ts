import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface NatsServer {
  readonly host: string;
  readonly port: number;
}

/** As much of NATS' text protocol as a kill needs: SUB, PUB, MSG, PING and PONG. */
export class NatsLine {
  readonly #socket: Socket;
  readonly #onMessage: (payload: string) => void;
  readonly #pongs: (() => void)[] = [];
  #rest = '';

  private constructor(socket: Socket, onMessage: (payload: string) => void) {
    this.#socket = socket;
    this.#onMessage = onMessage;
    socket.setEncoding('utf8').on('data', (chunk) => this.#take(String(chunk)));
  }

  static async open(
    { host, port }: NatsServer,
    onMessage: (payload: string) => void = () => undefined,
  ): Promise<NatsLine> {
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    const line = new NatsLine(socket, onMessage);
    socket.write('CONNECT {"verbose":false,"pedantic":false,"lang":"node","version":"0"}\r\n');
    await line.round();
    return line;
  }

  subscribe(subject: string): Promise<void> {
    this.#socket.write(`SUB ${subject} 1\r\n`);
    return this.round();
  }

  /** Resolves once the server has processed all that was written before. */
  round(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pongs.push(resolve);
    this.#socket.write('PING\r\n');
    return promise;
  }

  /** With a PING behind it: its PONG says that the message was taken. */
  publish(subject: string, payload: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pongs.push(resolve);
    this.#socket.write(`PUB ${subject} ${payload.length}\r\n${payload}\r\nPING\r\n`);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#rest += chunk;
    for (;;) {
      const end = this.#rest.indexOf('\r\n');
      if (end === -1) return;
      const line = this.#rest.slice(0, end);
      if (line.startsWith('MSG ')) {
        const bytes = Number(line.slice(line.lastIndexOf(' ') + 1));
        if (this.#rest.length < end + 2 + bytes + 2) return;
        this.#onMessage(this.#rest.slice(end + 2, end + 2 + bytes));
        this.#rest = this.#rest.slice(end + 2 + bytes + 2);
        continue;
      }
      this.#rest = this.#rest.slice(end + 2);
      if (line === 'PING') this.#socket.write('PONG\r\n');
      else if (line === 'PONG') this.#pongs.shift()?.();
      else if (line.startsWith('-ERR')) throw new Error(`NATS says ${line}`);
    }
  }
}
