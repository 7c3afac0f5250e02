import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Beside each file as it was written the same one compressed, once and well, so that the operator never does it. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    async writeBundle({ dir = '' }, bundle) {
      for (const fileName of Object.keys(bundle)) {
        const path = join(dir, fileName);
        const plain = await readFile(path);
        const packed = { br: brotliCompressSync(plain), gz: gzipSync(plain, { level: 9 }) };
        for (const [ending, bytes] of Object.entries(packed)) {
          if (bytes.length < plain.length) await writeFile(`${path}.${ending}`, bytes);
        }
      }
    },
  };
}

/**
 * Built for a strict Content-Security-Policy: every script and style is a file of its own with its
 * digest in the name, nothing inline and nothing from elsewhere.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
  plugins: [compressed()],
  build: {
    outDir: join(import.meta.dirname, '../../../dist/operator/console'),
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // light-dark() as it is
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
