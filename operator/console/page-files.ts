import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../http/refusal.ts';

interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  /** As the build has compressed it; absent where that saved nothing. */
  readonly br?: Buffer;
  readonly gzip?: Buffer;
}

/** By path from the page's root: `index.html`, `assets/index-3f9a1c.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
};
const COMPRESSED = /\.(br|gz)$/;
/** What the build names by its content. */
const HASHED = /^assets\//;

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Trading console</title>
<h1>The console's page is not part of this build</h1>
<p>The operator works, and so do the console's routes under /api. Use an image that was built with the page, or kubectl get tex -A.</p></html>
`;

/** Reads a built page, with what was compressed beside it; without a folder, a page that says so. */
export async function readPage(folder: string): Promise<PageFiles> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, PageFile>();
  for (const entry of names) {
    if (!entry.isFile() || COMPRESSED.test(entry.name)) continue;
    const type = TYPES[extname(entry.name)];
    if (type === undefined) continue; // a source map, or nothing a browser asks for
    const path = join(entry.parentPath, entry.name);
    const maybe = (suffix: string) => readFile(`${path}${suffix}`).catch(() => undefined);
    const [plain, br, gzip] = [await readFile(path), await maybe('.br'), await maybe('.gz')];
    files.set(relative(folder, path), { type, plain, ...(br && { br }), ...(gzip && { gzip }) });
  }
  if (files.has('index.html')) return files;
  return new Map([['index.html', { type: TYPES['.html'] ?? '', plain: Buffer.from(NOT_BUILT) }]]);
}

/** GET of the page's files. The page keeps its own places behind a #, so `/` is the only other path. */
export function pageRoutes(app: FastifyInstance, files: PageFiles): void {
  app.get('/', (request, reply) => answer(request, reply, files, 'index.html'));
  app.get<{ Params: { '*': string } }>('/*', (request, reply) =>
    answer(request, reply, files, request.params['*']),
  );
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  files: PageFiles,
  path: string,
): FastifyReply {
  const file = files.get(path);
  if (file === undefined) throw new Refusal(404, 'NOT_FOUND', 'there is nothing here');
  const isKept = HASHED.test(path);
  reply
    .type(file.type)
    .header('vary', 'accept-encoding')
    .header('cache-control', isKept ? 'public, max-age=31536000, immutable' : 'no-cache');
  const takes = String(request.headers['accept-encoding'] ?? '');
  if (file.br && /\bbr\b/.test(takes)) return reply.header('content-encoding', 'br').send(file.br);
  if (file.gzip && /\bgzip\b/.test(takes)) {
    return reply.header('content-encoding', 'gzip').send(file.gzip);
  }
  return reply.send(file.plain);
}
