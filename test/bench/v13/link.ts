import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Link {
  readonly url: string;
  /** Connections made so far. */
  connections(): number;
  /** New connections take so much longer from now on, ms. */
  slowConnects(ms: number): void;
  stop(): Promise<void>;
}

/**
 * A line to the venue as long as the real one: bytes arrive half a round trip later, and a new
 * connection costs a round trip before its first byte (TCP; the venue's TLS would cost another).
 */
export async function startLink(target: string, roundTripMs: number): Promise<Link> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let slowerMs = 0;
  let connections = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // a reset travels as a close
    socket.on('close', () => sockets.delete(socket));
  };
  const carry = (from: Socket, to: Socket) => {
    const later = (act: () => void) => setTimeout(act, roundTripMs / 2);
    from.on('data', (chunk) => later(() => void (to.writable && to.write(chunk))));
    from.on('end', () => later(() => to.end()));
    from.on('close', () => later(() => to.destroy()));
  };
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (near) => {
    keep(near);
    connections += 1;
    setTimeout(() => {
      const far = connect({ host: hostname, port: Number(port), noDelay: true });
      keep(far);
      near.setNoDelay(true);
      carry(near, far);
      carry(far, near);
      near.resume();
    }, roundTripMs + slowerMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    slowConnects: (ms) => {
      slowerMs = ms;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
