import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../setup/command.ts';
import { download } from '../toolchain/release.ts';

const files = new Map<string, Buffer>();
const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
let server: Server;
let origin: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'release-'));
  server = createServer(({ url = '' }, reply) => {
    const body = files.get(url);
    reply.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const publish = (name: string, body: Buffer, checksums: string) => {
  files.set(`/${name}`, body);
  files.set(`/${name}.sha256`, Buffer.from(checksums));
  return { url: `${origin}/${name}`, checksums: `${origin}/${name}.sha256` };
};

describe('a released program', () => {
  it('is kept, executable, when its checksum is right', async () => {
    const body = Buffer.from('#!/bin/sh\necho tool\n');
    const path = join(folder, 'tool');
    expect(await download(publish('tool', body, sha(body)), path)).toBe(true);
    expect((await run([path])).trim()).toBe('tool');
  });

  it('is taken out of its archive, by the line of many that names it', async () => {
    writeFileSync(join(folder, 'inner'), 'in the archive');
    await run(['tar', '-czf', join(folder, 'a.tar.gz'), '-C', folder, 'inner']);
    const body = readFileSync(join(folder, 'a.tar.gz'));
    const lines = `${'0'.repeat(64)}  other.tar.gz\n${sha(body)}  pack.tar.gz\n`;
    const path = join(folder, 'unpacked');
    await download({ ...publish('pack.tar.gz', body, lines), member: 'inner' }, path);
    expect(readFileSync(path, 'utf8')).toBe('in the archive');
  });

  it('is refused when it is not what was published, and leaves nothing', async () => {
    const release = publish('forged', Buffer.from('forged'), sha(Buffer.from('real')));
    const path = join(folder, 'forged');
    await expect(download(release, path)).rejects.toThrow('does not have the SHA-256');
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('is left to be built when its address does not answer', async () => {
    const release = { url: 'http://127.0.0.1:1/tool', checksums: 'http://127.0.0.1:1/sum' };
    expect(await download(release, join(folder, 'none'))).toBe(false);
  });
});
