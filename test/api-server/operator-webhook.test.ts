import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payload, payloadAlert } from '../operator/rollback/builders.ts';
import { desk, metric, NS, openOperatorDesk, operator, settles } from './operator-desk.ts';

openOperatorDesk();

const DELIVERIES = /^trading_operator_webhook_requests_total\{result="unauthorized"/;
const STRAYS = /^trading_operator_webhook_alerts_total\{result="unknown-executor"/;

describe('the webhook of a running operator, over TLS', () => {
  let tls: Agent;
  let token: string;
  beforeAll(async () => {
    tls = new Agent({ connect: { ca: await readFile(desk.authority.certPath, 'utf8') } });
    token = await readFile(join(desk.folder, 'webhook'), 'utf8');
    await desk.declare(NS, 'heard');
  });
  afterAll(() => tls?.close());

  const post = async (body: string, shown?: string): Promise<number> => {
    const { statusCode, body: answer } = await request(
      `https://localhost:${operator.httpsPort}/alertmanager`,
      {
        method: 'POST',
        dispatcher: tls,
        headers: {
          'content-type': 'application/json',
          ...(shown !== undefined && { authorization: `Bearer ${shown}` }),
        },
        body,
      },
    );
    await answer.dump();
    return statusCode;
  };
  const about = (executor: string) => {
    const labels = { ...payloadAlert().labels, namespace: NS, executor };
    return JSON.stringify(payload([payloadAlert({ labels })]));
  };

  it('is refused without the right token; AlertingHealthy says so until one is accepted', async () => {
    expect(await post(about('heard'))).toBe(401);
    expect(await post(about('heard'), 'wrong')).toBe(401);
    expect(await metric(operator, DELIVERIES)).toBe(2);
    await settles('heard', 'AlertingHealthy', 'False', 'WebhookRefused');
    expect((await desk.get(NS, 'heard')).status?.rollback?.pending).toEqual([]);
    expect(await post(about('heard'), token)).toBe(200);
    await settles('heard', 'AlertingHealthy', 'True', 'Receiving');
    expect((await desk.get(NS, 'heard')).status?.rollback?.pending).toHaveLength(1);
  });

  it('answers what it cannot read with 400, and what is about nobody with 200', async () => {
    expect(await post('{"version":', token)).toBe(400);
    expect(await post('{"version":"3"}', token)).toBe(400);
    expect(await post(about('nobody'), token)).toBe(200);
    expect(await metric(operator, STRAYS)).toBe(1);
  });
});
