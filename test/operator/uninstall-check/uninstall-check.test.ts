import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { agentTo } from '../../../crds/kube/agent.ts';
import { uninstallCheck } from '../../../operator/uninstall-check/uninstall-check.ts';

let server: Server | undefined;
afterEach(() => server?.close());

type Reply = readonly [status: number, body: unknown];
const list = (names: readonly string[], next?: string): Reply => [
  200,
  {
    metadata: { continue: next },
    items: names.map((name) => ({ metadata: { namespace: 'desk', name } })),
  },
];

/** The check against an API server that answers by path and query. */
async function checked(reply: (url: URL) => Reply | undefined, namespaces?: readonly string[]) {
  const asked: string[] = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api');
    asked.push(url.pathname + url.search);
    const answer = reply(url);
    if (answer === undefined) {
      response.destroy();
      return;
    }
    response.writeHead(answer[0], { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer[1]));
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const agent = agentTo({});
  const said: string[] = [];
  const mayGo = await uninstallCheck({
    connection: {
      ...{ origin: `http://127.0.0.1:${port}`, dispatcher: agent },
      ...{ authorization: () => 'Bearer t', close: () => agent.destroy() },
    },
    namespaces,
    release: { name: 'desk', namespace: 'trading', revision: '3' },
    say: (line) => said.push(line),
  });
  await agent.destroy();
  return { mayGo, asked, said: said.join('\n') };
}

describe('the check before an uninstall', () => {
  it('lets the operator go when there is no executor, or not even the kind', async () => {
    expect(await checked(() => list([]))).toMatchObject({ mayGo: true });
    expect(await checked(() => [404, { kind: 'Status' }])).toMatchObject({ mayGo: true });
  });

  it('looks only where executors may live', async () => {
    const { mayGo, asked } = await checked(() => list([]), ['a', 'b']);
    expect(mayGo).toBe(true);
    const path = (namespace: string) =>
      `/apis/spark.trading/v1alpha1/namespaces/${namespace}/tradingexecutors?limit=500`;
    expect(asked).toEqual([path('a'), path('b')]);
  });

  it('finds the one in the second namespace, or on the second page', async () => {
    const second = await checked(
      (url) => list(url.pathname.includes('/b/') ? ['late'] : []),
      ['a', 'b'],
    );
    expect(second).toMatchObject({ mayGo: false });
    const paged = await checked((url) =>
      url.searchParams.has('continue') ? list(['late']) : list([], 'more'),
    );
    expect(paged).toMatchObject({ mayGo: false });
    expect(paged.said).toContain('1 TradingExecutor is still there');
  });

  it('names twenty of many, and how many there are', async () => {
    const names = Array.from({ length: 33 }, (_, index) => `n${index}`);
    const { said } = await checked(() => list(names));
    expect(said).toContain('33 TradingExecutors are still there');
    expect(said).toContain('desk/n19');
    expect(said).not.toContain('desk/n20');
    expect(said).toContain('and 13 more');
    expect(said).toContain('helm rollback desk 3 -n trading');
  });

  it('refuses when it cannot be told, and says what it lacks', async () => {
    const forbidden = await checked(() => [403, { kind: 'Status', message: 'cannot list' }]);
    expect(forbidden).toMatchObject({ mayGo: false });
    expect(forbidden.said).toContain('HTTP 403: cannot list');
    const silent = await checked(() => undefined);
    expect(silent).toMatchObject({ mayGo: false });
    expect(silent.said).toContain('cannot be told');
    expect(silent.said).toContain('--no-hooks');
  });
});
