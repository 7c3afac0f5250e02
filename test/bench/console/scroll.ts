/// <reference lib="dom" />
import { type Browser, chromium, type Page } from 'playwright-core';
import { builtPage } from '../../console/built-page.ts';
import { PlayedServer } from '../../console/played-server.ts';
import { ensureChromium } from '../../toolchain/chromium.ts';

/** How smoothly the overview scrolls, by rows, while a tenth of them (100 at most) change each second. */
interface Measured {
  readonly rows: number;
  readonly firstRowMs: number;
  readonly fps: number;
  /** Frames that took longer than 20 ms: under 50 a second. */
  readonly slowShare: number;
  readonly longestMs: number;
  readonly heapMb: number;
}

const SCROLL_MS = 6_000;
const PX_PER_FRAME = 90;

async function measure(browser: Browser, folder: string, rows: number): Promise<Measured> {
  const server = new PlayedServer(folder, rows);
  server.play.changing = Math.min(100, Math.ceil(rows / 10));
  const url = await server.start();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  try {
    await page.goto(url);
    await page.waitForSelector('.row');
    const firstRowMs = await page.evaluate(() => performance.now());
    const frames = await scrolled(page);
    const heapMb = await page.evaluate(() => {
      const { memory } = performance as unknown as { memory?: { usedJSHeapSize: number } };
      return (memory?.usedJSHeapSize ?? Number.NaN) / 1e6;
    });
    const sum = frames.reduce((all, ms) => all + ms, 0);
    const slow = frames.filter((ms) => ms > 20).length;
    return {
      ...{ rows, firstRowMs, heapMb, longestMs: Math.max(...frames) },
      fps: (frames.length / sum) * 1_000,
      slowShare: slow / frames.length,
    };
  } finally {
    await page.close();
    await server.stop();
  }
}

/** Scrolls down and up again; how long each frame took, ms. */
const scrolled = (page: Page): Promise<number[]> =>
  page.evaluate(
    ([lasts, step]) =>
      new Promise<number[]>((resolve) => {
        const frames: number[] = [];
        let [before, down] = [performance.now(), 1];
        const end = before + lasts;
        const frame = (now: number): void => {
          frames.push(now - before);
          before = now;
          if (now > end) {
            resolve(frames.slice(2));
            return;
          }
          const bottom = document.documentElement.scrollHeight - innerHeight;
          if (scrollY >= bottom - 1) down = -1;
          if (scrollY <= 0) down = 1;
          scrollBy(0, down * step);
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
    [SCROLL_MS, PX_PER_FRAME] as const,
  );

const folder = await builtPage();
const executablePath = await ensureChromium((line) => console.log(line));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], headless: true });
try {
  console.log('  rows   first row ms   fps   frames over 20 ms   longest ms   heap MB');
  for (const rows of [500, 2_000, 5_000, 20_000, 50_000, 100_000]) {
    const one = await measure(browser, folder, rows);
    const cells = [
      String(one.rows).padStart(6),
      one.firstRowMs.toFixed(0).padStart(14),
      one.fps.toFixed(1).padStart(5),
      `${(one.slowShare * 100).toFixed(1)} %`.padStart(19),
      one.longestMs.toFixed(0).padStart(12),
      one.heapMb.toFixed(1).padStart(9),
    ];
    console.log(cells.join(' '));
  }
} finally {
  await browser.close();
}
