import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import { type CameraServer, startCamera } from '../../operator/camera/server.ts';
import { type Camera, type CameraPlace, consoleCamera } from '../../operator/evidence/camera.ts';
import { makeAuthority, makeCertificate } from '../api-server/certificates.ts';
import { playedRows } from './played-data.ts';
import { PlayedServer } from './played-server.ts';

const [ROW] = playedRows(3, Date.now());
const OF = { namespace: ROW?.namespace ?? '', name: ROW?.name ?? '' };
const INCIDENT = { namespace: 'desk-arbitrage', name: 'btctry-maker-001-20261125125012' };
const lines: string[] = [];

let folder: string;
let server: PlayedServer;
let place: CameraPlace;
let camera: CameraServer;
let shoot: Camera;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'camera-'));
  const authority = await makeAuthority(folder, 'authority');
  const pair = await makeCertificate(authority, 'tls', '/CN=console', ['DNS:localhost']);
  const [cert, key] = [await readFile(pair.certPath, 'utf8'), await readFile(pair.keyPath, 'utf8')];
  server = new PlayedServer(inject('page'), 3, { cert, key });
  const { port } = new URL(await server.start());
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'good\n');
  const console = `https://localhost:${port}`;
  place = { socket: join(folder, 'socket'), console, caFile: authority.certPath, tokenFile };
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  const studio = { console, executablePath: inject('chromium') };
  camera = await startCamera({ ...studio, socket: place.socket, clock: systemClock, log });
  shoot = consoleCamera(place, systemClock);
});
afterAll(async () => {
  await camera?.stop();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Width and height, as the header of a PNG has them. */
function sizeOf(png: Uint8Array): readonly [number, number] {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe('the camera', () => {
  it('takes whole pages of a console whose certificate only we know', async () => {
    for (const page of ['executor', 'incident'] as const) {
      const png = await shoot(page, page === 'executor' ? OF : INCIDENT);
      await writeFile(join(inject('screenshots'), `camera-${page}.png`), png);
      const [width, height] = sizeOf(png);
      expect(width).toBe(1_280);
      expect(height).toBeGreaterThan(page === 'executor' ? 1_200 : 500); // more than a sign-in form
    }
  });

  it('takes several that are asked for at once, one after the other', async () => {
    const all = await Promise.all([OF, OF, OF].map((of) => shoot('executor', of)));
    expect(all.map((png) => sizeOf(png)[0])).toEqual([1_280, 1_280, 1_280]);
  });

  it('has no picture of a form to sign in: it says what was shown instead', async () => {
    await shoot('executor', OF); // its session is there
    server.play.signedIn = false;
    await expect(shoot('executor', OF)).rejects.toThrow(
      /the console shows something else: .*[Ss]ign/,
    );
    server.play.signedIn = true;
    await expect(shoot('executor', OF)).resolves.toBeDefined();
  });

  it('shows the cookie to no other key, and the token to nobody but the console', async () => {
    const order = { page: 'executor', ...OF, cookie: 'played-session', pin: `${'A'.repeat(43)}=` };
    const said = await posted(place.socket, JSON.stringify(order));
    expect(said).toMatchObject({ status: 502 });
    expect(said.text).toMatch(/ERR_CERT/);
    const wrong = consoleCamera({ ...place, caFile: undefined }, systemClock);
    await expect(wrong('executor', OF)).rejects.toThrow(/certificate/);
    await writeFile(place.tokenFile, 'bad');
    const stranger = consoleCamera(place, systemClock);
    await expect(stranger('executor', OF)).rejects.toThrow('the console let nobody in: HTTP 401');
    await writeFile(place.tokenFile, 'good');
    expect(lines.join('\n')).not.toMatch(/played-session/);
  });

  it('goes to no address that it is told, only to pages it knows', async () => {
    const order = { ...OF, cookie: 'c', pin: `${'A'.repeat(43)}=` };
    for (const wrong of [
      { ...order, page: 'https://elsewhere.example' },
      { ...order, page: 'executor', name: '../../incidents' },
      { ...order, page: 'executor', url: 'file:///etc/passwd' },
      'nothing',
    ]) {
      expect(await posted(place.socket, JSON.stringify(wrong))).toMatchObject({ status: 422 });
    }
  });
});

async function posted(socketPath: string, body: string) {
  const { Agent } = await import('undici');
  const agent = new Agent({ connect: { socketPath } });
  try {
    const answer = await agent.request({
      ...{ origin: 'http://camera', path: '/shots', method: 'POST', body },
      headers: { 'content-type': 'application/json' },
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  } finally {
    await agent.destroy();
  }
}
