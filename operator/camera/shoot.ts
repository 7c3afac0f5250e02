import { type Browser, chromium, type Page } from 'playwright-core';
import { COOKIE } from '../console/wire/paths.ts';
import { pageOf, type ShotOrder } from './order.ts';

export interface Studio {
  /** The Chromium to start. */
  readonly executablePath: string;
  /** Origin of the console. */
  readonly console: string;
}

const STEP_MS_MAX = 8_000;
/** For numbers that come after the page itself; one that never comes is no reason for no picture. */
const SETTLE_MS_MAX = 4_000;
/** The desk's screen. A page longer than that is taken to its end. */
const viewport = { width: 1_280, height: 800 };

/**
 * A PNG of one page, by a browser of its own that ends with it. Throws what kept the page from being
 * shown, and when `signal` aborts.
 */
export async function shoot(
  order: ShotOrder,
  studio: Studio,
  signal: AbortSignal,
): Promise<Uint8Array> {
  signal.throwIfAborted();
  const browser = await chromium.launch({
    executablePath: studio.executablePath,
    args: argumentsFor(order),
    timeout: STEP_MS_MAX,
  });
  const stop = () => void browser.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted(); // while it started
    const page = await opened(browser, order, studio);
    await shown(page);
    return await page.screenshot({ fullPage: true, animations: 'disabled', timeout: STEP_MS_MAX });
  } finally {
    signal.removeEventListener('abort', stop);
    await browser.close();
  }
}

/**
 * No sandbox of Chromium's own: it takes rights that a restricted pod has not. The pod is the sandbox,
 * and nothing but our own page is opened. The one certificate that is let through has the key that was
 * verified; `--ignore-certificate-errors` at large would show the cookie to anybody.
 */
const argumentsFor = ({ pin }: ShotOrder): string[] => [
  ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
  `--ignore-certificate-errors-spki-list=${pin}`,
];

async function opened(browser: Browser, order: ShotOrder, studio: Studio): Promise<Page> {
  const context = await browser.newContext({
    ...{ viewport, colorScheme: 'light', reducedMotion: 'reduce' },
    ...{ timezoneId: 'UTC', locale: 'en-GB' }, // as everything else in a pack
  });
  await context.addCookies([{ name: COOKIE, value: order.cookie, url: studio.console }]);
  const page = await context.newPage();
  page.setDefaultTimeout(STEP_MS_MAX);
  await page.goto(`${studio.console}${pageOf(order)}`);
  return page;
}

/** Until the page tells its subject's state. What it says instead is the reason. */
async function shown(page: Page): Promise<void> {
  try {
    await page.waitForSelector('main .verdict');
  } catch (cause) {
    const said = await page.textContent('main', { timeout: 1_000 }).catch(() => null);
    const words = (said ?? 'nothing').replaceAll(/\s+/g, ' ').slice(0, 160);
    throw new Error(`the console shows something else: ${words}`, { cause });
  }
  const loading = { state: 'detached', timeout: SETTLE_MS_MAX } as const;
  await page.waitForSelector('main .loading', loading).catch(() => undefined);
  await page.evaluate('document.fonts.ready');
}
