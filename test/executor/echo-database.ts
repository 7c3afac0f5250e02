import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface EchoDatabase {
  readonly port: number;
  /** Every password that came, as PostgreSQL reads it. */
  readonly passwords: string[];
  stop(): Promise<void>;
}

/** A PostgreSQL server that asks for the password in the clear, refuses it, and repeats it in all it says. */
export async function startEchoDatabase(): Promise<EchoDatabase> {
  const passwords: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(message('R', int32(3)));
      socket.once('data', (answer) => {
        const password = answer.subarray(5, -1).toString('utf8');
        passwords.push(password);
        socket.end(message('E', Buffer.from(refusal(password))));
      });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    passwords,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Fields of an ErrorResponse: severity, SQLSTATE, message, detail. */
function refusal(password: string): string {
  const said = `refused ${password} and ${encodeURIComponent(password)}`;
  return ['SFATAL', 'VFATAL', 'C28P01', `M${said}`, `D${said}`, ''].join('\0').concat('\0');
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const message = (type: string, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
