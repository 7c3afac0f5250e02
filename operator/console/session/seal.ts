import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';
import type { EpochMs } from '../../../crds/clock.ts';
import type { Keys } from './keys.ts';

/** What a cookie holds. Nobody but an operator with the same key can read or make it. */
export interface Sealed {
  /** The person's own Kubernetes token. */
  readonly token: string;
  readonly username: string;
  /** Tells one sign-in from another. */
  readonly id: string;
  readonly expiresAt: EpochMs;
}

const AUDIENCE = 'trading-console';
const Claims = z.object({
  token: z.string().min(1),
  sub: z.string().min(1),
  jti: z.string().min(1),
  exp: z.number(),
});

/** A JWE (dir, A256GCM) under the newest key. */
export const seal = ({ token, username, id, expiresAt }: Sealed, [newest]: Keys): Promise<string> =>
  new EncryptJWT({ token })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setSubject(username)
    .setJti(id)
    .setAudience(AUDIENCE)
    .setExpirationTime(Math.floor(expiresAt / 1_000))
    .encrypt(newest);

/** undefined: not ours, changed on its way, or over. */
export async function open(text: string, keys: Keys, now: EpochMs): Promise<Sealed | undefined> {
  for (const key of keys) {
    try {
      const { payload } = await jwtDecrypt(text, key, {
        audience: AUDIENCE,
        currentDate: new Date(now),
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      const { token, sub, jti, exp } = Claims.parse(payload);
      return { token, username: sub, id: jti, expiresAt: (exp * 1_000) as EpochMs };
    } catch {
      // sealed by another key, or by nobody
    }
  }
  return undefined;
}
