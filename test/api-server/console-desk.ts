import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Agent, type Dispatcher } from 'undici';
import { systemClock } from '../../crds/clock.ts';
import { kubeconfigConnection } from '../../crds/kube/connection.ts';
import { parseConfig } from '../../operator/config.ts';
import { type Operator, startOperator } from '../../operator/operator.ts';
import { FULL_NAME, type InstalledChart, installChart } from './installed-chart.ts';
import { tokenKubeconfig } from './token-kubeconfig.ts';

export interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any kind, judged by the test that asked
  readonly body: any;
  readonly headers: Dispatcher.ResponseData['headers'];
}

/** A browser, as far as the server can tell. */
export interface Browser {
  /** The cookie it holds, `name=value`; empty when signed out. */
  cookie: string;
  ask(method: string, path: string, body?: unknown, headers?: object): Promise<Told>;
  signIn(token: string): Promise<Told>;
  bytes(path: string): Promise<Buffer>;
  /** The data of server-sent events, as they come. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  stream(path: string): AsyncGenerator<any>;
}

/** Two operators of an installed chart, both with the console on. */
export interface ConsoleDesk {
  readonly installed: InstalledChart;
  /** With the chart's own account; the second with an administrator's certificate. */
  readonly replicas: readonly [Operator, Operator];
  readonly keyFile: string;
  /** Every line that either has logged. */
  readonly lines: string[];
  /** Every text that either has answered. */
  readonly answers: string[];
  browser(replica?: 0 | 1): Browser;
  close(): Promise<void>;
}

/** `more` are flags of both operators. */
export async function openConsoleDesk(more: Record<string, string> = {}): Promise<ConsoleDesk> {
  const installed = await installChart();
  const folder = await mkdtemp(join(tmpdir(), 'console-'));
  const secrets = '/api/v1/namespaces/trading/secrets';
  for (const name of ['tls', 'console', 'webhook']) {
    const { body } = await installed.server.request('GET', `${secrets}/${FULL_NAME}-${name}`);
    for (const [file, value] of Object.entries(body.data as Record<string, string>)) {
      await writeFile(join(folder, file), Buffer.from(value, 'base64'));
    }
  }
  await writeFile(join(folder, 'executor-token'), 'operator-token');
  const own = join(folder, 'kubeconfig');
  await writeFile(own, tokenKubeconfig(installed.server, await installed.token(FULL_NAME)));
  const lines: string[] = [];
  const answers: string[] = [];
  const start = (kubeconfig: string, identity: string) =>
    started({ folder, kubeconfig, identity, lines, more });
  const first = await start(own, 'first');
  const second = await start(installed.server.kubeconfigPath, 'second');
  const agent = new Agent({
    allowH2: false,
    connect: { ca: await readFile(join(folder, 'ca.crt'), 'utf8') },
  });
  return {
    installed,
    replicas: [first, second],
    keyFile: join(folder, 'keys'),
    ...{ lines, answers },
    browser: (replica = 0) => browserOf(agent, [first, second][replica]?.httpsPort ?? 0, answers),
    async close() {
      await Promise.all([first.stop(), second.stop()]);
      await agent.destroy();
      await installed.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Started {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly identity: string;
  readonly lines: string[];
  readonly more: Record<string, string>;
}

async function started({ folder, kubeconfig, identity, lines, more }: Started): Promise<Operator> {
  const flags = {
    ...{ 'executor-image': 'executor:test', kubeconfig },
    'operator-service-account': `trading/${FULL_NAME}`,
    'lease-namespace': 'trading',
    ...{ 'tls-dir': folder, 'evidence-dir': folder },
    'executor-token-file': join(folder, 'executor-token'),
    'webhook-token-file': join(folder, 'token'),
    ...{ 'https-port': 0, 'http-port': 0 },
    ...{ console: 'on', 'console-key-file': join(folder, 'keys') },
    ...more,
  };
  const parsed = parseConfig(
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    {},
  );
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  return startOperator({
    config: parsed.config,
    connection: kubeconfigConnection(await readFile(kubeconfig, 'utf8')),
    ...{ clock: systemClock, random: Math.random, identity },
    log: pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }),
  });
}

function browserOf(agent: Agent, port: number, answers: string[]): Browser {
  const origin = `https://localhost:${port}`;
  const page = { 'x-trading-console': '1', origin, 'sec-fetch-site': 'same-origin' };
  const browser: Browser = {
    cookie: '',
    async ask(method, path, body, headers = page) {
      const answer = await agent.request({
        ...{ origin, path, method: method as Dispatcher.HttpMethod },
        headers: {
          ...(browser.cookie === '' ? {} : { cookie: browser.cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await answer.body.text();
      answers.push(text);
      const set = answer.headers['set-cookie'];
      const [cookie] = String(Array.isArray(set) ? set[0] : (set ?? '')).split(';');
      if (set !== undefined) browser.cookie = cookie?.endsWith('=') ? '' : (cookie ?? '');
      return { status: answer.statusCode, body: parsed(text), headers: answer.headers };
    },
    signIn: (token) => browser.ask('POST', '/api/session', { token }),
    async bytes(path) {
      const headers = { cookie: browser.cookie };
      const { body } = await agent.request({ origin, path, method: 'GET', headers });
      return Buffer.from(await body.arrayBuffer());
    },
    async *stream(path) {
      const headers = { cookie: browser.cookie };
      const { statusCode, body } = await agent.request({ origin, path, method: 'GET', headers });
      if (statusCode !== 200) throw new Error(`${path}: HTTP ${statusCode} ${await body.text()}`);
      let text = '';
      try {
        for await (const chunk of body) {
          answers.push(String(chunk));
          text += String(chunk);
          const events = text.split('\n\n');
          text = events.pop() ?? '';
          for (const event of events) yield JSON.parse(event.replace(/^data: /, ''));
        }
      } finally {
        body.destroy();
        await once(body, 'close').catch(() => undefined);
      }
    },
  };
  return browser;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
