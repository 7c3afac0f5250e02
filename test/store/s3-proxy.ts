import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What happens to one request instead of being passed on and answered. */
export type Fault =
  /** The bucket refuses, as S3 words it. */
  | { readonly status: number; readonly code: string; readonly message?: string }
  /** `asked`: the connection breaks and nothing arrived; `answer`: all arrived, the answer is lost. */
  | { readonly lost: 'asked' | 'answer' }
  /** The connection breaks after so many bytes of the answer's body. */
  | { readonly cutAfter: number };

export interface S3Proxy {
  readonly origin: string;
  /** `METHOD /bucket/key` of what came, faults included. */
  readonly seen: string[];
  readonly headers: IncomingMessage['headers'][];
  /** Asked for each request; undefined: all goes well. */
  fault: (asked: string, headers: IncomingMessage['headers']) => Fault | undefined;
  close(): Promise<void>;
}

/** Between a client and a bucket; with a key pair it speaks TLS. */
export async function startProxy(
  upstream: string,
  tls?: { readonly cert: Buffer; readonly key: Buffer },
): Promise<S3Proxy> {
  const answer = async (asked: IncomingMessage, response: import('node:http').ServerResponse) => {
    const what = `${asked.method} ${new URL(asked.url ?? '', upstream).pathname}`;
    proxy.seen.push(what);
    proxy.headers.push(asked.headers);
    const fault = proxy.fault(what, asked.headers);
    if (fault !== undefined && 'lost' in fault && fault.lost === 'asked') {
      asked.socket.destroy();
      return;
    }
    if (fault !== undefined && 'status' in fault) {
      for await (const _ of asked); // a client that is still sending would see a broken connection
      response.writeHead(fault.status, { 'content-type': 'application/xml' }).end(refusal(fault));
      return;
    }
    const { method, headers } = asked;
    const passed: ClientRequest = request(`${upstream}${asked.url}`, { method, headers });
    asked.pipe(passed);
    const [answered] = (await once(passed, 'response')) as [IncomingMessage];
    if (fault === undefined) {
      answered.pipe(response.writeHead(answered.statusCode ?? 0, answered.headers));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of answered) chunks.push(chunk);
    if ('cutAfter' in fault) {
      response.writeHead(answered.statusCode ?? 0, answered.headers);
      await new Promise((sent) =>
        response.write(Buffer.concat(chunks).subarray(0, fault.cutAfter), sent),
      );
    }
    asked.socket.destroy();
  };
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy: S3Proxy = {
    origin: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    ...{ seen: [], headers: [], fault: () => undefined },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return proxy;
}

const refusal = ({ code, message = code }: { code: string; message?: string }): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
