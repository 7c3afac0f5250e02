import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../crds/clock.ts';
import { type Keys, SessionKeys } from '../../../operator/console/session/keys.ts';
import { open, seal } from '../../../operator/console/session/seal.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { clockTime } from '../rollback/builders.ts';

const now = clockTime('03:00:00');
const later = (ms: number) => (now + ms) as EpochMs;
const sealed = { token: 'a-token', username: 'anna', id: 'id-1', expiresAt: later(60_000) };
const key = (letter: string): Keys => [Buffer.alloc(32, letter)];

describe('a sealed session', () => {
  it('is opened by whoever has the key, until it is over', async () => {
    const text = await seal(sealed, key('a'));
    expect(await open(text, key('a'), now)).toEqual(sealed);
    expect(await open(text, key('a'), later(60_000))).toBeUndefined();
  });

  it('shows nobody what is in it, and says nothing under another key or once changed', async () => {
    const text = await seal(sealed, key('a'));
    expect(text).not.toContain(Buffer.from('a-token').toString('base64url'));
    expect(await open(text, key('b'), now)).toBeUndefined();
    for (let index = 0; index < text.length; index += 7) {
      const other = text[index] === 'A' ? 'B' : 'A';
      const changed = text.slice(0, index) + other + text.slice(index + 1);
      const found = await open(changed, key('a'), now);
      // the last character of a part may carry bits that are not used
      expect(found === undefined || changed.at(index + 1) === '.', `${index}`).toBe(true);
    }
    expect(await open('', key('a'), now)).toBeUndefined();
  });

  it('of an older key is still opened while that key is in the file', async () => {
    const text = await seal(sealed, key('a'));
    expect(await open(text, [...key('b'), ...key('a')] as Keys, now)).toEqual(sealed);
  });
});

describe('the key file', () => {
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
    path = join(folder, 'keys');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });

  it('is read again when it changes; one that is wrong leaves the last keys in force', async () => {
    const clock = new ManualClock();
    const keys = new SessionKeys({ path, clock, log });
    await writeFile(path, `${'a'.repeat(40)}\n`);
    const first = await keys.keys();
    await writeFile(path, `${'b'.repeat(40)}\n${'a'.repeat(40)}\n`);
    expect(await keys.keys()).toEqual(first);
    await clock.advance(5_000);
    const second = await keys.keys();
    expect([second.length, second[1]]).toEqual([2, first[0]]);
    await rm(path);
    await clock.advance(5_000);
    expect(await keys.keys()).toEqual(second);
    expect(lines.join()).not.toMatch(/a{40}|b{40}/);
  });

  it.each([
    ['', 'is empty'],
    ['too short\n', 'fewer than 32 characters'],
  ])('with %j in it says what to do, and nothing of what is in it', async (text, why) => {
    await writeFile(path, text);
    const keys = new SessionKeys({ path, clock: new ManualClock(), log });
    await expect(keys.keys()).rejects.toThrow(why);
  });
});
