/**
 * `node crds/generate.ts` writes the CustomResourceDefinitions from the zod schemas, here and into
 * the chart (Helm reads only inside a chart). `--check` writes nothing and exits 1 when one is stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dump } from 'js-yaml';
import { GROUP } from './names.ts';
import { definitions } from './schema/definition.ts';

const root = join(import.meta.dirname, '..');
export const RELEASE_ANNOTATION = `${GROUP}/release`;
const FOLDERS = ['crds', 'charts/trading-executor-operator/crds'];

/** Each file's path from the repository's root, and its text. */
export function outputs(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, definition] of Object.entries(definitions())) {
    const source = name.replace('.yaml', '.ts');
    // Helm shows the CRDs of a chart one after the other, as they are: each must begin a document
    const header = `---\n# generated; edit ${source}, then npm run generate\n`;
    const yaml = header + dump(released(definition), { lineWidth: 110, noRefs: true });
    for (const folder of FOLDERS) files.set(join(folder, name), yaml);
  }
  return files;
}

/** The chart refuses to run over CRDs of an older release: Helm does not upgrade them. */
function released(definition: object): object {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { metadata } = definition as { metadata: object };
  const annotations = { [RELEASE_ANNOTATION]: version };
  return { ...definition, metadata: { ...metadata, annotations } };
}

function current(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined; // not there yet
  }
}

function run(isCheck: boolean): void {
  const stale = [...outputs()].filter(([path, text]) => current(path) !== text);
  if (isCheck) {
    for (const [path] of stale) console.error(`${path} is stale; run npm run generate and commit`);
    if (stale.length > 0) process.exitCode = 1;
    return;
  }
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(`wrote ${path}`);
  }
}

if (import.meta.main) run(process.argv.includes('--check'));
