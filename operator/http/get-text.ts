import { request } from 'undici';
import { boundedText } from './bounded-text.ts';

const ANSWER_MS_MAX = 10_000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** The text at a URL of Prometheus, Alertmanager or a pod. Throws unless it is a 200 of bounded size. */
export async function getText(
  url: string,
  timeoutMs = ANSWER_MS_MAX,
  bytesMax = ANSWER_BYTES_MAX,
): Promise<string> {
  const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(timeoutMs) });
  const tooMuch = `${new URL(url).origin} answered more than ${bytesMax} bytes`;
  const text = await boundedText(body, bytesMax, tooMuch);
  if (statusCode === 200) return text;
  throw new Error(`${new URL(url).origin} answered HTTP ${statusCode}: ${text.slice(0, 200)}`);
}
