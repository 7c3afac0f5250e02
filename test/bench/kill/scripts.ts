import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const SCRIPTS = ['driver', 'floor', 'subscriber', 'replica'] as const;

/** The processes that run in pods, each as one file by its name: they need nothing but Node. */
export async function bundledScripts(): Promise<Readonly<Record<string, string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'kill-scripts-'));
  try {
    await build({
      entryPoints: SCRIPTS.map((name) => join(import.meta.dirname, `${name}-process.ts`)),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      ...{ bundle: true, platform: 'node', target: 'node24', format: 'esm', logLevel: 'silent' },
    });
    const files = SCRIPTS.map((name) => `${name}-process.mjs`);
    return Object.fromEntries(
      files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
