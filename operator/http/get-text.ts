import { request } from 'undici';

const ANSWER_MS_MAX = 10_000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** The text at a URL of Prometheus, Alertmanager or a pod. Throws unless it is a 200 of bounded size. */
export async function getText(
  url: string,
  timeoutMs = ANSWER_MS_MAX,
  bytesMax = ANSWER_BYTES_MAX,
): Promise<string> {
  const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(timeoutMs) });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new Error(`${new URL(url).origin} answered more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (statusCode === 200) return text;
  throw new Error(`${new URL(url).origin} answered HTTP ${statusCode}: ${text.slice(0, 200)}`);
}
