import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pageRoutes, readPage } from '../../../operator/console/page-files.ts';

const SCRIPT = 'console.log("a page")';
let folder: string;
let app: FastifyInstance;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>p</title>');
  await writeFile(join(folder, 'assets/index-1a2b.js'), SCRIPT);
  await writeFile(join(folder, 'assets/index-1a2b.js.br'), brotliCompressSync(SCRIPT));
  await writeFile(join(folder, 'assets/index-1a2b.js.map'), '{}');
  app = fastify();
  pageRoutes(app, await readPage(folder));
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const html = { accept: 'text/html,*/*' };

it('what is named by its content is kept for ever, and sent as it was compressed', async () => {
  const headers = { 'accept-encoding': 'gzip, br' };
  const answer = await app.inject({ url: '/assets/index-1a2b.js', headers });
  expect(answer.headers).toMatchObject({
    'content-encoding': 'br',
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  expect(brotliDecompressSync(answer.rawPayload).toString()).toBe(SCRIPT);
  const plain = await app.inject({ url: '/assets/index-1a2b.js' });
  expect([plain.body, plain.headers['content-encoding']]).toEqual([SCRIPT, undefined]);
});

it('the page itself is asked for anew', async () => {
  for (const url of ['/', '/index.html']) {
    const answer = await app.inject({ url, headers: html });
    expect([answer.statusCode, answer.headers['cache-control']], url).toEqual([200, 'no-cache']);
  }
});

it.each([
  '/assets/other.js',
  '/assets/index-1a2b.js.map',
  '/api/nothing',
  '/../package.json',
  '/metrics',
])('%s is not there', async (url) => {
  expect((await app.inject({ url, headers: html })).statusCode).toBe(404);
});

it('without a build the page says that it is missing', async () => {
  const bare = fastify();
  pageRoutes(bare, await readPage(join(folder, 'none')));
  const { statusCode, body } = await bare.inject({ url: '/', headers: html });
  expect([statusCode, body]).toEqual([200, expect.stringContaining('not part of this build')]);
  await bare.close();
});
