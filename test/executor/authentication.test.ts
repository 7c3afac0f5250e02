import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRADER } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startExecutor();
});
afterAll(() => rig.stop());

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const subject = `system:serviceaccount:${TRADER.replace('/', ':')}`;
const now = () => Math.floor(Date.now() / 1_000);
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = () => ({
  ...{ iss: ISSUER, aud: 'trading-executor', sub: subject, iat: now() - 60, exp: now() + 600 },
});
const part = (token: string, index: number) => token.split('.')[index] ?? '';

/** A token of another hand, with the cluster's own key id in its head. */
async function forged(alg: 'ES256' | 'HS256'): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const secret = Buffer.from(JSON.stringify(await exportJWK(publicKey)));
  return new SignJWT(claims())
    .setProtectedHeader({ alg, kid: 'key-0' })
    .sign(alg === 'HS256' ? secret : privateKey);
}

const bad: readonly (readonly [string, () => string | Promise<string>])[] = [
  ['for another audience', () => rig.cluster.token(TRADER, { audience: 'api' })],
  ['that has expired', () => rig.cluster.token(TRADER, { expires: '-30s' })],
  ['of another issuer', () => rig.cluster.token(TRADER, { issuer: 'https://evil.example' })],
  ['that is not signed', () => `${base64({ alg: 'none' })}.${base64(claims())}.`],
  [
    'that says it is not signed, with a signature',
    () => `${base64({ alg: 'none', kid: 'key-0' })}.${base64(claims())}.${part(rig.token, 2)}`,
  ],
  ['signed by another key under our key’s id', () => forged('ES256')],
  ['signed with a public key as the secret', () => forged('HS256')],
  [
    'whose claims were changed',
    () => `${part(rig.token, 0)}.${base64({ ...claims(), sub: 'x' })}.${part(rig.token, 2)}`,
  ],
  ['of a person, not an account', () => rig.cluster.token('a/b:c')],
  ['longer than any token', () => 'x'.repeat(8_193)],
  ['that is nonsense', () => 'nonsense'],
];

describe('a token', () => {
  it.each(bad)('%s proves nothing', async (_what, make) => {
    const token = await make();
    const { status, body } = await rig.call('GET', '/control', { token });
    expect(status).toBe(401);
    expect(['TOKEN_INVALID', 'TOKEN_REQUIRED']).toContain(body.error.code);
    expect(JSON.stringify(body)).not.toContain(token);
  });

  it('that is good passes, so that the rows above say something', async () => {
    expect((await rig.call('GET', '/control')).status).toBe(200);
  });
});
