import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from './api-server.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server?.stop());

const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, owner?: { name: string; uid: string }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    ownerReferences: owner && [{ apiVersion: 'v1', kind: 'ConfigMap', ...owner }],
  },
});

describe('the bare API server', () => {
  it('keeps what it accepted across a restart', async () => {
    expect((await server.request('POST', configMaps, configMap('kept'))).status).toBe(201);
    await server.restart();
    const { status, body } = await server.request('GET', `${configMaps}/kept`);
    expect([status, body.metadata?.name]).toEqual([200, 'kept']);
  });

  it('collects what belongs to a deleted owner', async () => {
    const owner = await server.request('POST', configMaps, configMap('owner'));
    const { uid } = owner.body.metadata;
    await server.request('POST', configMaps, configMap('owned', { name: 'owner', uid }));
    await server.request('DELETE', `${configMaps}/owner`);
    await expect
      .poll(async () => (await server.request('GET', `${configMaps}/owned`)).status, {
        timeout: 20_000,
      })
      .toBe(404);
  });

  it('signs ServiceAccount tokens that its published keys verify', async () => {
    const { createLocalJWKSet, jwtVerify } = await import('jose');
    const asked = await server.request(
      'POST',
      '/api/v1/namespaces/default/serviceaccounts/default/token',
      { spec: { audiences: ['trading-executor'] } },
    );
    const keys = await server.request('GET', '/openid/v1/jwks');
    const { payload } = await jwtVerify(asked.body.status.token, createLocalJWKSet(keys.body), {
      issuer: server.issuer,
      audience: 'trading-executor',
    });
    expect(payload.sub).toBe('system:serviceaccount:default:default');
  });

  it('answers nobody while paused and goes on when resumed', async () => {
    server.pause();
    const asked = server.request('GET', '/readyz');
    const first = await Promise.race([
      asked,
      new Promise((wake) => setTimeout(wake, 500, 'silent')),
    ]);
    expect(first).toBe('silent');
    server.resume();
    expect((await asked).body).toBe('ok');
  });

  it('leaves nothing behind when stopped', async () => {
    const other = await startApiServer({ controllers: false });
    const folder = join(other.kubeconfigPath, '..');
    await other.stop();
    expect(existsSync(folder)).toBe(false);
    await expect(other.request('GET', '/readyz')).rejects.toThrow();
  });
});
