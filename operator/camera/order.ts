import { z } from 'zod';
import { Name } from '../../crds/fields.ts';
import { hashOf } from '../console/page/route.ts';

export const SHOTS_PATH = '/shots';

/** Which page to photograph. Never an address: the camera knows one console and these pages of it. */
export const ShotOrder = z.strictObject({
  page: z.enum(['executor', 'incident']),
  namespace: Name,
  name: Name,
  /** Of a session that may only look; the evidence server has signed in for it. */
  cookie: z.string().min(1).max(8_192),
  /** SHA-256 of the public key that the console showed under a certificate that was verified; base64. */
  pin: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
});
export type ShotOrder = z.output<typeof ShotOrder>;

/** Where the page is, from the console's origin on. */
export function pageOf({ page, namespace, name }: ShotOrder): string {
  if (page === 'executor') return `/${hashOf({ page, namespace, name })}`;
  return `/${hashOf({ page, namespace, name, file: null })}`;
}
