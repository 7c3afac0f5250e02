import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { Agent } from 'undici';
import type { Clock } from '../../crds/clock.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { SHOTS_PATH, type ShotOrder } from '../camera/order.ts';
import { COOKIE, CSRF_HEADER, paths } from '../console/wire/paths.ts';

export interface CameraPlace {
  /** The camera's Unix socket. */
  readonly socket: string;
  /** Origin of the console, as the camera was told it, too. */
  readonly console: string;
  /** PEM of who signed the console's certificate; undefined: a public authority. Read for each session. */
  readonly caFile: string | undefined;
  /** This server's own token for the API server. It goes to the console and nowhere else. */
  readonly tokenFile: string;
}

/** A PNG of the console's page of one executor or incident. Throws why there is none. */
export type Camera = (page: ShotOrder['page'], of: ExecutorKey) => Promise<Uint8Array>;

const SIGN_IN_MS_MAX = 5_000;
/** The steps of one picture, and those of a few asked for before it. */
const SHOT_MS_MAX = 20_000;
const PNG_BYTES_MAX = 8 * 1_024 * 1_024;
/** Signing in is limited to 20 a minute, and many executors may be rolled back at once. */
const SESSION_MS = 300_000;

interface Session {
  readonly cookie: string;
  readonly pin: string;
}

/**
 * This server signs in and hands the camera the cookie of that session, so that the browser's
 * container has no token. The key behind the verified certificate goes with it: Chromium knows no
 * authority of ours, and lets this one key through.
 */
export function consoleCamera(place: CameraPlace, clock: Clock): Camera {
  let session: Promise<Session> | undefined;
  let endsAt = 0;
  const current = (): Promise<Session> => {
    if (session !== undefined && clock.elapsed() < endsAt) return session;
    endsAt = clock.elapsed() + SESSION_MS;
    session = signedIn(place);
    session.catch(() => {
      session = undefined; // the next picture tries anew
    });
    return session;
  };
  return async (page, { namespace, name }) => {
    const { cookie, pin } = await current();
    return shot(place.socket, { page, namespace, name, cookie, pin }).catch((cause: unknown) => {
      session = undefined; // it may have been the session
      throw cause;
    });
  };
}

async function signedIn(place: CameraPlace): Promise<Session> {
  const token = (await readFile(place.tokenFile, 'utf8')).trim();
  const ca = place.caFile === undefined ? {} : { ca: await readFile(place.caFile, 'utf8') };
  const agent = new Agent({ allowH2: false, connect: ca });
  try {
    const { statusCode, headers, body } = await agent.request({
      ...{ origin: place.console, path: paths.session, method: 'POST' },
      headers: { 'content-type': 'application/json', [CSRF_HEADER]: 'camera' },
      body: JSON.stringify({ token }),
      signal: AbortSignal.timeout(SIGN_IN_MS_MAX),
    });
    const said = await body.text();
    const cookie = cookieOf(headers['set-cookie']);
    if (statusCode !== 200 || cookie === undefined) {
      throw new Error(`the console let nobody in: HTTP ${statusCode} ${said.slice(0, 200)}`);
    }
    return { cookie, pin: await pinOf(place.console, ca) };
  } finally {
    await agent.destroy();
  }
}

function cookieOf(set: string | string[] | undefined): string | undefined {
  const [first = ''] = [set ?? []].flat();
  const [pair = ''] = first.split(';');
  return pair.startsWith(`${COOKIE}=`) ? pair.slice(COOKIE.length + 1) : undefined;
}

/** SHA-256 of the public key of a certificate that was verified. */
async function pinOf(origin: string, ca: { readonly ca?: string }): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect({
    ...ca,
    host: hostname,
    servername: hostname,
    port: Number(port || 443),
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(SIGN_IN_MS_MAX) });
    const key = socket.getPeerX509Certificate()?.publicKey;
    if (key === undefined) throw new Error('the console showed no certificate');
    const der = key.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(der).digest('base64');
  } finally {
    socket.destroy();
  }
}

async function shot(socket: string, order: ShotOrder): Promise<Uint8Array> {
  const agent = new Agent({ connect: { socketPath: socket }, headersTimeout: SHOT_MS_MAX });
  try {
    const { statusCode, body } = await agent.request({
      ...{ origin: 'http://camera', path: SHOTS_PATH, method: 'POST' },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
      signal: AbortSignal.timeout(SHOT_MS_MAX),
    });
    if (statusCode !== 200) throw new Error((await body.text()).slice(0, 300));
    const bytes = await body.bytes();
    if (bytes.length <= PNG_BYTES_MAX) return bytes;
    throw new Error(`the picture has ${bytes.length} bytes, more than ${PNG_BYTES_MAX}`);
  } catch (cause) {
    throw cause instanceof Error && cause.name === 'TimeoutError' ? new Error(LATE) : cause;
  } finally {
    await agent.destroy();
  }
}

const LATE = `the camera took no picture within ${SHOT_MS_MAX} ms`;
