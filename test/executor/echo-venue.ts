import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EchoVenue {
  readonly url: string;
  /** Every signature that came. */
  readonly signatures: string[];
  /** Every public key that came, in order. */
  readonly keys: string[];
  stop(): Promise<void>;
}

/**
 * A venue that repeats the caller's key, its signature and `known` in everything it says, in a
 * spelling and a status of its own each time. Its clock is right, so that orders reach it.
 */
export async function startEchoVenue(known: readonly string[]): Promise<EchoVenue> {
  const signatures: string[] = [];
  const keys: string[] = [];
  let turn = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume();
    const { status, text } = said(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(text);
  };
  const said = ({ url = '', headers }: IncomingMessage): { status: number; text: string } => {
    if (url.includes('/server/time')) return json(200, { serverTime: Date.now() });
    if (url.includes('/ticker') || url.includes('/ping')) return json(200, { data: [] });
    if (url.includes('/exchangeinfo')) return json(200, { data: { symbols: [BTCTRY] } });
    const own = [headers['x-pck'], headers['x-signature']].map(String);
    keys.push(own[0] ?? '');
    signatures.push(own[1] ?? '');
    const message = `refused ${[...own, ...known].join(' and ')}`;
    turn += 1;
    // So that orders reach it: before the first one the account is read.
    if (url.includes('/openOrders')) return json(200, { message, data: { asks: [], bids: [] } });
    if (turn % 5 === 0) return { status: 503, text: `<p>${message}</p>` };
    if (turn % 5 === 1) return json(400, { success: false, message });
    if (turn % 5 === 2) return json(401, { success: true, message });
    if (turn % 5 === 3) return json(200, { message, data: { note: message } });
    return { status: 400, text: JSON.stringify({ message }).replaceAll('/', '\\/') };
  };
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ signatures, keys },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const BTCTRY = {
  ...{ name: 'BTCTRY', status: 'TRADING', numerator: 'BTC', denominator: 'TRY' },
  ...{ numeratorScale: 8, denominatorScale: 2, hasFraction: false },
  filters: [{ filterType: 'PRICE_FILTER', tickSize: '10', minExchangeValue: '10' }],
  orderMethods: ['MARKET', 'LIMIT'],
};

const json = (status: number, body: unknown) => ({ status, text: JSON.stringify(body) });
