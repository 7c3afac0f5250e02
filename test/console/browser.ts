/// <reference lib="dom" />
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

export type Theme = 'light' | 'dark';

/** The desk's screen, and a phone. */
export const sizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const;
export type Size = keyof typeof sizes;

export interface Look {
  readonly theme?: Theme;
  readonly size?: Size;
  /** Take any certificate: the chart's own is signed by nobody a browser knows. */
  readonly anyCertificate?: boolean;
}

/** A browser whose pages write down whatever the page did wrong. */
export class TestBrowser {
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];
  /** Errors of scripts and violations of the Content-Security-Policy. */
  readonly faults: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(executablePath: string): Promise<TestBrowser> {
    // no sandbox: it needs rights that a container has not, and only our own page is opened
    const args = ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'];
    return new TestBrowser(await chromium.launch({ executablePath, args, headless: true }));
  }

  async open(url: string, look: Look = {}): Promise<Page> {
    const { theme = 'light', size = 'desktop', anyCertificate = false } = look;
    const context = await this.#browser.newContext({
      viewport: sizes[size],
      colorScheme: theme,
      timezoneId: 'Europe/Istanbul',
      locale: 'en-GB',
      reducedMotion: 'reduce',
      ignoreHTTPSErrors: anyCertificate,
      hasTouch: size === 'phone',
    });
    this.#contexts.push(context);
    await context.addInitScript({ content: axe.source });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      const { url: from } = message.location();
      const isAnswer =
        message.text().startsWith('Failed to load resource') && from.includes('/api/');
      if (message.type() === 'error' && !isAnswer) this.faults.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  /** Closes the pages opened so far. */
  async clear(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
    this.faults.length = 0;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}

/** What axe finds wrong with a page as it is now: rule, and where. */
export async function violations(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run(document, { resultTypes: ['violations'] });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes
        .slice(0, 4)
        .map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
    );
  });
}
