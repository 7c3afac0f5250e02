import { createServer, connect as dial, type Socket } from 'node:net';

/** A network between a journal and its database that does what networks do. */
export interface FaultyNetwork {
  /** `url` with its own address. */
  through(url: string): string;
  /** Nothing comes back any more; what is sent still arrives. */
  mute(): void;
  /** Ends every connection; new ones are cut off too until `mend`. */
  cut(): void;
  /** Nothing goes either way, and nothing ends. */
  freeze(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function startNetwork(target: string): Promise<FaultyNetwork> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const state = { isMute: false, isCut: false, isFrozen: false };
  const server = createServer((client) => {
    if (state.isCut) return void client.destroy();
    const database = dial(Number(port || 5432), hostname);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        if (state.isFrozen) return;
        client.destroy();
        database.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (!state.isFrozen) database.write(chunk);
    });
    database.on('data', (chunk) => {
      if (!state.isMute && !state.isFrozen) client.write(chunk);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = () => {
    state.isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    through: (url) => {
      const mine = new URL(url);
      mine.hostname = '127.0.0.1';
      mine.port = String(address.port);
      return String(mine);
    },
    mute: () => {
      state.isMute = true;
    },
    cut,
    freeze: () => {
      state.isFrozen = true;
    },
    mend: () => {
      state.isFrozen = false;
      state.isMute = false;
      state.isCut = false;
    },
    close: async () => {
      cut();
      await new Promise((done) => server.close(done));
    },
  };
}
