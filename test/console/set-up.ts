import type { TestProject } from 'vitest/node';
import { cached } from '../toolchain/cache.ts';
import { ensureChromium } from '../toolchain/chromium.ts';
import { builtPage } from './built-page.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the built page. */
    readonly page: string;
    readonly chromium: string;
    /** Where screenshots are kept. */
    readonly screenshots: string;
  }
}

/** Once for all files: builds the page as it ships, makes sure of a browser. */
export async function setup({ provide }: TestProject): Promise<void> {
  provide('page', await builtPage());
  provide('chromium', await ensureChromium((line) => console.log(line)));
  provide('screenshots', cached('reports', 'console'));
}
