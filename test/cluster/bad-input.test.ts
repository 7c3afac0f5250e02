import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { closeDesk, executorManifest, openDesk } from '../system/desk.ts';
import { apply, get, kubectl, waitFor } from '../system/kubectl.ts';
import { callerToken, ExecutorClient } from '../system/place.ts';
import { restingBid, SIMULATOR_KEY } from '../system/simulator.ts';

const DESK = 'bad-input-desk';
const NAME = 'b1';
const declared = executorManifest({ namespace: DESK, name: NAME });
const target = `tradingexecutor/${NAME}`;
let client: ExecutorClient;
let stranger: ExecutorClient;

beforeAll(async () => {
  await openDesk(DESK, 'another-key'); // not the Secret the executor names
  await apply(declared);
  await waitFor(DESK, target, 'jsonpath={.status.conditions[?(@.type=="Ready")].status}=False');
  const key = { namespace: DESK, name: NAME };
  client = new ExecutorClient(key, await callerToken(DESK, 'strategy'));
  stranger = new ExecutorClient(key, '');
});

afterAll(async () => {
  await client.close();
  await stranger.close();
  await closeDesk(DESK);
});

const ready = async () => {
  const { status } = await get<TradingExecutor>(DESK, 'tradingexecutor', NAME);
  return status?.conditions?.find(({ type }) => type === 'Ready');
};

describe('a wrong manifest', () => {
  it.each([
    ['an unknown venue', 'name: btcturk', 'name: nyse', /Unsupported value: "nyse"/],
    ['real orders without a key', /credentialsSecretRef: .*/, '', /credentialsSecretRef\.name/],
    ['a misspelt field', 'killSwitch: false', 'killSwich: false', /unknown field.*killSwich/],
    ['a duration that is none', 'persistFor: 10s', 'persistFor: soon', /persistFor/],
  ])('with %s is refused with words that help', async (_, from, to, words) => {
    const wrong = declared.replace(`name: ${NAME}`, 'name: b2').replace(from, to);
    expect(wrong).not.toBe(declared);
    await expect(apply(wrong)).rejects.toThrow(words);
  });
});

describe('an executor whose Secret is missing', () => {
  it('says so, trades nothing, and heals once the Secret is there', async () => {
    const reason = 'jsonpath={.status.conditions[?(@.type=="Ready")].reason}=CredentialsMissing';
    await waitFor(DESK, target, reason, 120);
    expect((await ready())?.message).toContain(`${NAME}-key`);
    expect((await client.place(await restingBid('BTCTRY'))).status).toBe(503);
    await apply(`
apiVersion: v1
kind: Secret
metadata: { name: ${NAME}-key, namespace: ${DESK} }
stringData: ${JSON.stringify(SIMULATOR_KEY)}
`);
    await waitFor(DESK, target, 'condition=Ready', 180); // the kubelet mounts it in its own time
    const restarts = 'jsonpath={.items[*].status.containerStatuses[*].restartCount}';
    expect(await kubectl('get', 'pods', '-n', DESK, '-o', restarts)).toBe('0');
  });
});

describe('a wrong request', () => {
  it('is answered by what is wrong with it, and reaches no venue', async () => {
    const order = await restingBid('BTCTRY');
    expect((await stranger.place(order)).status).toBe(401);
    expect((await client.call('POST', '/place', order)).status).toBe(400); // no Idempotency-Key
    const misspelt = await client.place({ ...order, quantiti: '1' });
    expect(misspelt.status).toBe(422);
    expect(JSON.stringify(misspelt.body)).toContain('quantiti');
    expect((await client.place({ ...order, symbol: 'DOGETRY' })).status).toBe(403);
  });
});
