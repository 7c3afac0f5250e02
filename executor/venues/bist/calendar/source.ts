import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';

/** Ten years of days and every symbol noted stay well below. */
const BYTES_MAX = 1024 * 1024;

export interface CalendarSource {
  /** As people know it; shown in logs and in GET /calendar. */
  readonly url: string;
  /** The document's text. Throws when it cannot be had. */
  read(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** A document behind `https:` (a proxy's answer or a redirect is a failure), or in a `file:`. */
export function calendarSource(url: string, timeoutMs: number): CalendarSource {
  if (url.startsWith('file:')) {
    return { url, read: () => fileText(url), close: () => Promise.resolve() };
  }
  const agent = new Agent({
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: BYTES_MAX,
    connect: { timeout: timeoutMs },
  });
  return {
    url,
    async read(signal) {
      const { statusCode, body } = await request(url, { dispatcher: agent, signal });
      if (statusCode === 200) return body.text();
      await body.dump();
      throw new Error(`${url} answered ${statusCode}`);
    },
    close: () => agent.destroy(),
  };
}

async function fileText(url: string): Promise<string> {
  const file = await open(fileURLToPath(url));
  try {
    const { size } = await file.stat();
    if (size > BYTES_MAX)
      throw new Error(`${url} has ${size} bytes, at most ${BYTES_MAX} are read`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
