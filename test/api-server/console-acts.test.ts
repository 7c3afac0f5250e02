import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { type Browser, type ConsoleDesk, openConsoleDesk, type Told } from './console-desk.ts';
import { EXECUTORS, executor, MERGE, TRICKLE } from './installed-chart.ts';

const INCIDENTS = EXECUTORS.replace('tradingexecutors', 'tradingincidents');
const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces/desk';

let desk: ConsoleDesk;
let trader: Browser;
let officer: Browser;

beforeAll(async () => {
  desk = await openConsoleDesk();
  const { installed } = desk;
  trader = await signedIn(await installed.person('trader', ['trading-console-operator']), 0);
  const risk = ['trading-console-risk-officer'];
  officer = await signedIn(await installed.person('officer', risk), 1);
  await declared('btc');
}, 180_000);
afterAll(() => desk?.close());

async function signedIn(token: string, replica: 0 | 1): Promise<Browser> {
  const browser = desk.browser(replica);
  expect((await browser.signIn(token)).status).toBe(200);
  return browser;
}

async function declared(name: string, spec: object = TRICKLE): Promise<TradingExecutor> {
  const made = await desk.installed.post(EXECUTORS, executor(name, spec));
  expect(made.status, made.body.message).toBe(201);
  return made.body;
}

const get = async (name: string): Promise<TradingExecutor> =>
  (await desk.installed.server.request('GET', `${EXECUTORS}/${name}`)).body;
const act = (browser: Browser, name: string, body: object) =>
  browser.ask('POST', `/api/executors/desk/${name}/actions`, { why: 'it was asked for', ...body });
const events = async (name: string): Promise<readonly string[]> => {
  const { body } = await desk.installed.server.request(
    'GET',
    `/api/v1/namespaces/desk/events?fieldSelector=involvedObject.name=${name}`,
  );
  return body.items.map(({ message }: { message: string }) => message);
};

describe('acting on one executor', () => {
  it('a kill is one request, owned by the console’s own field manager, with who and why on record', async () => {
    const { status, body } = await act(trader, 'btc', { action: 'kill', why: 'it trades badly' });
    expect([status, body.targets]).toEqual([
      200,
      [{ namespace: 'desk', name: 'btc', done: true, message: 'killed' }],
    ]);
    const object = await get('btc');
    expect(object.spec.killSwitch).toBe(true);
    const { managedFields } = object.metadata as unknown as {
      managedFields: readonly { manager: string; fieldsV1: object }[];
    };
    const own = managedFields.find(({ manager }) => manager === 'trading-console');
    expect(own?.fieldsV1).toEqual({ 'f:spec': { 'f:killSwitch': {} } });
    const who = 'system:serviceaccount:trading:trader';
    await expect
      .poll(() => events('btc'), { timeout: 5_000 })
      .toContain(`killed by ${who} from the console: it trades badly`);
    const line = desk.lines.find((one) => one.includes('acted from the console')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ by: who, name: 'btc', why: 'it trades badly' });
  });

  it('what loosens asks for the name, and nothing happens without it', async () => {
    for (const typedName of [undefined, '', 'bt', 'BTC']) {
      const { status } = await act(trader, 'btc', { action: 'unkill', typedName });
      expect(status).toBe(422);
      expect((await act(trader, 'btc', { action: 'stepUp', typedName })).status).toBe(422);
    }
    expect((await get('btc')).spec).toMatchObject({ killSwitch: true, mode: 'trickle' });
    expect((await act(trader, 'btc', { action: 'unkill', typedName: 'btc' })).status).toBe(200);
    expect((await get('btc')).spec.killSwitch).toBe(false);
  });

  it('steps are one rung at a time, down without a name and up with it', async () => {
    const mode = async () => (await get('btc')).spec.mode;
    expect((await act(trader, 'btc', { action: 'stepDown' })).status).toBe(200);
    expect(await mode()).toBe('paper');
    expect((await act(trader, 'btc', { action: 'stepDown' })).status).toBe(409);
    for (const expected of ['trickle', 'live']) {
      expect((await act(trader, 'btc', { action: 'stepUp', typedName: 'btc' })).status).toBe(200);
      expect(await mode()).toBe(expected);
    }
  });

  it('an object that is not the one they saw is left alone', async () => {
    const { metadata } = await get('btc');
    const other = { action: 'kill', uid: '11111111-2222-3333-4444-555555555555' };
    expect((await act(trader, 'btc', other)).status).toBe(409);
    expect((await get('btc')).spec.killSwitch).toBe(false);
    expect((await act(trader, 'btc', { action: 'kill', uid: metadata.uid })).status).toBe(200);
  });

  it('is never refused for want of a reason when it tightens, always when it loosens', async () => {
    for (const why of [undefined, '', 'no', 'x'.repeat(257), '\n\n\n\n']) {
      expect((await act(trader, 'btc', { action: 'kill', why })).status, why).toBe(200);
      const loosening = { action: 'unkill', typedName: 'btc', why };
      expect((await act(trader, 'btc', loosening)).status, why).toBe(422);
    }
    const who = 'system:serviceaccount:trading:trader';
    await expect
      .poll(() => events('btc'), { timeout: 5_000 })
      .toContain(`killed by ${who} from the console: no reason given`);
    expect((await act(trader, 'none', { action: 'kill' })).status).toBe(404);
  });
});

describe('a kill of a namespace', () => {
  it('reaches all it may, and one refusal hides no other', async () => {
    for (const name of ['a', 'b', 'c']) await declared(name);
    const { installed } = desk;
    await installed.post(`${RBAC}/roles`, {
      metadata: { name: 'some' },
      rules: [
        { apiGroups: ['spark.trading'], resources: ['tradingexecutors'], verbs: ['list'] },
        {
          ...{ apiGroups: ['spark.trading'], resources: ['tradingexecutors'], verbs: ['patch'] },
          resourceNames: ['a', 'c', 'btc'],
        },
      ],
    });
    const token = await installed.person('some', []);
    await installed.post(`${RBAC}/rolebindings`, {
      metadata: { name: 'some' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'some' },
      subjects: [{ kind: 'ServiceAccount', name: 'some', namespace: 'trading' }],
    });
    const some = await signedIn(token, 0);
    const path = '/api/namespaces/desk/actions';
    const kill = { action: 'kill', why: 'all of them, now' };
    await declared('d'); // a list of this moment has it, whether a watch has heard of it or not
    const { body } = await some.ask('POST', path, kill);
    const done = body.targets.map(({ name, done }: { name: string; done: boolean }) => [
      name,
      done,
    ]);
    expect(done).toEqual([
      ['a', true],
      ['b', false],
      ['btc', true],
      ['c', true],
      ['d', false],
    ]);
    expect(body.targets[1].message).toContain('cannot patch');
    const spec = async (name: string) => (await get(name)).spec.killSwitch;
    expect([await spec('a'), await spec('b'), await spec('c')]).toEqual([true, false, true]);
    const loosening = { action: 'unkill', why: 'all of them', typedName: 'desk' };
    expect((await some.ask('POST', path, loosening)).status).toBe(422);
  });
});

describe('acknowledging', () => {
  it('needs the verb, the typed name and the incident that holds the latch', async () => {
    const { installed } = desk;
    const { metadata } = await declared('latched');
    await installed.post(INCIDENTS, {
      apiVersion: 'spark.trading/v1alpha1',
      kind: 'TradingIncident',
      metadata: { name: 'latched-1' },
      spec: {
        executor: { name: 'latched', uid: metadata.uid },
        alert: { name: 'A', fingerprint: 'f', since: '2026-11-23T03:00:00Z' },
        ...{ decision: 'it lasted', decidedAt: '2026-11-23T03:10:00Z' },
        before: { mode: 'trickle', killSwitch: false },
        after: { mode: 'paper', killSwitch: true },
      },
    });
    await expect
      .poll(async () => (await get('latched')).status?.rollback, { timeout: 15_000 })
      .toMatchObject({ latched: true, incident: 'latched-1' });
    const path = '/api/incidents/desk/latched-1/acknowledge';
    const body = { why: 'looked at it', typedName: 'latched-1' };
    const refused = await trader.ask('POST', path, body);
    expect([refused.status, refused.body.error.message]).toEqual([
      403,
      expect.stringContaining('may not acknowledge incident latched-1'),
    ]);
    expect((await officer.ask('POST', path, { why: 'looked at it' })).status).toBe(422);
    expect((await get('latched')).status?.rollback?.latched).toBe(true);
    const view = await officer.ask('GET', '/api/incidents/desk/latched-1');
    expect(view.body).toMatchObject({
      open: true,
      may: { patch: true, acknowledge: true },
      pack: null,
    });
    expect(view.body.evidenceWhy).not.toBeNull();
    expect((await officer.ask('POST', path, body)).status).toBe(200);
    await expect
      .poll(async () => (await get('latched')).status?.rollback?.latched, { timeout: 15_000 })
      .toBe(false);
    const { body: incident } = await desk.installed.server.request('GET', `${INCIDENTS}/latched-1`);
    expect(incident.status.acknowledged.by).toBe('system:serviceaccount:trading:officer');
    const again = await officer.ask('POST', path, body);
    expect(again.status).toBe(409);
  });
});

describe('live', () => {
  it('a change arrives by itself, at either replica, as the row alone; what is deleted goes', async () => {
    const made = await declared('moving');
    const stream = officer.stream('/api/overview');
    const next = async (holds: (event: Told['body']) => boolean) => {
      for (;;) {
        const { value, done } = await stream.next();
        if (done) throw new Error('the stream has ended');
        if (holds(value)) return value;
      }
    };
    const first = await next(() => true);
    expect(first.kind).toBe('all');
    expect(first.rows.map(({ name }: { name: string }) => name)).toContain('moving');
    await desk.installed.server.request(
      'PATCH',
      `${EXECUTORS}/moving`,
      { spec: { killSwitch: true } },
      MERGE,
    );
    const isKilled = ({ name, declared }: { name: string; declared: { killSwitch: boolean } }) =>
      name === 'moving' && declared.killSwitch;
    const changed = await next((event) => event.kind === 'changed' && event.rows.some(isKilled));
    const [row] = changed.rows.filter(isKilled);
    expect(row.troubles).toContain('Killed');
    expect(Date.now() - Date.parse(row.killedAt)).toBeLessThan(60_000);
    const path = `${EXECUTORS}/moving`;
    await desk.installed.server.request('DELETE', path);
    await desk.installed.server.request('PATCH', path, { metadata: { finalizers: null } }, MERGE);
    const gone = await next(
      (event) => event.kind === 'changed' && event.gone.includes(made.metadata.uid),
    );
    expect(gone.gone).toEqual([made.metadata.uid]);
    await stream.return(undefined);
  });

  it('speaks at least every five seconds', async () => {
    const stream = trader.stream('/api/overview');
    await stream.next();
    const began = performance.now();
    for (;;) {
      const { value } = await stream.next();
      if (value.kind === 'beat') break;
    }
    expect(performance.now() - began).toBeLessThan(15_000);
    await stream.return(undefined);
  });
});
