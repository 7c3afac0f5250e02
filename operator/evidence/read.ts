import { readFile } from 'node:fs/promises';
import { Agent } from 'undici';
import { Refusal } from '../http/refusal.ts';
import { MANIFEST, type Manifest, parseManifest } from './manifest.ts';

export interface EvidenceReaderOptions {
  /** Origin of the evidence server. */
  readonly url: string;
  /** PEM of who signed its certificate; undefined: a public authority. Read anew for each request. */
  readonly caFile: string | undefined;
}

export interface EvidenceFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Packs as a person may read them: the server judges the token that comes along. */
export interface EvidenceReader {
  /** Refuses as the server does: 401, 403, 404; 503 when it does not answer. */
  manifest(pack: string, token: string): Promise<Manifest>;
  file(pack: string, name: string, token: string): Promise<EvidenceFile>;
}

const ANSWER_MS_MAX = 20_000;
/** A file of a pack is cut at 8 MiB. */
const ANSWER_BYTES_MAX = 9 * 1_024 * 1_024;

export function evidenceReader(options: EvidenceReaderOptions): EvidenceReader {
  const file: EvidenceReader['file'] = (pack, name, token) =>
    got(
      options,
      `/evidence/incidents/${encodeURIComponent(pack)}/${encodeURIComponent(name)}`,
      token,
    );
  return {
    file,
    async manifest(pack, token) {
      const { bytes } = await file(pack, MANIFEST, token);
      const manifest = parseManifest(bytes.toString('utf8'));
      if (manifest !== undefined) return manifest;
      throw new Refusal(503, 'EVIDENCE_UNREADABLE', `the manifest of ${pack} cannot be read`);
    },
  };
}

async function got(
  { url, caFile }: EvidenceReaderOptions,
  path: string,
  token: string,
): Promise<EvidenceFile> {
  let agent: Agent | undefined;
  try {
    const ca = caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') };
    agent = new Agent({ allowH2: false, maxResponseSize: ANSWER_BYTES_MAX, connect: ca });
    const { statusCode, headers, body } = await agent.request({
      ...{ origin: url, path, method: 'GET' },
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    if (statusCode === 200) return { type: String(headers['content-type']), bytes };
    throw refusal(statusCode, bytes.toString('utf8'));
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal(503, 'EVIDENCE_SILENT', `the evidence server does not answer: ${why}`, {
      cause,
    });
  } finally {
    await agent?.destroy();
  }
}

/** In the server's own words, where it has any. */
function refusal(status: number, text: string): Refusal {
  let message = `the evidence server answered HTTP ${status}`;
  try {
    message = (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    // not one of its answers
  }
  const isFinal = status === 401 || status === 403 || status === 404;
  const code = { 401: 'SIGN_IN', 403: 'FORBIDDEN', 404: 'NOT_FOUND' }[status] ?? 'EVIDENCE_REFUSED';
  return new Refusal(isFinal ? status : 503, code, message);
}
