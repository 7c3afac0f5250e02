/**
 * `node charts/generate.ts` writes the table of values into the chart's README: names and defaults
 * from values.yaml, meanings from values.schema.json. `--check` writes nothing and exits 1 when it is
 * stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

export interface Value {
  /** As `--set` takes it: `image.tag`. */
  readonly name: string;
  readonly fallback: unknown;
  readonly meaning: string | undefined;
}

const chart = join(import.meta.dirname, 'trading-executor-operator');
const README = join(chart, 'README.md');
const [BEGIN, END] = ['<!-- values -->', '<!-- /values -->'];
/** Longer defaults would make the table unreadable. */
const DEFAULT_MAX = 40;

/** Every value of the chart, in the order of values.yaml. */
export function values(): readonly Value[] {
  const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as Schema;
  return leaves(load(readFileSync(join(chart, 'values.yaml'), 'utf8')), schema, '');
}

/** What has no properties of its own in the schema is set as a whole. */
function leaves(value: unknown, schema: Schema | undefined, name: string): readonly Value[] {
  const { properties } = schema ?? {};
  if (properties === undefined || name === 'resources') {
    return [{ name, fallback: value, meaning: schema?.description }];
  }
  return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([key, inner]) =>
    leaves(inner, properties[key], name === '' ? key : `${name}.${key}`),
  );
}

/** The README with its table made anew. */
export function readme(): string {
  const text = readFileSync(README, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${README} lacks ${BEGIN}`);
  const rows = values().map(({ name, fallback, meaning }) => {
    const json = JSON.stringify(fallback);
    const shown = json.length > DEFAULT_MAX ? 'see values.yaml' : `\`${json}\``;
    return `| \`${name}\` | ${shown} | ${meaning ?? ''} |`;
  });
  const table = ['| value | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}

function main(args: readonly string[]): number {
  const wanted = readme();
  if (!args.includes('--check')) {
    writeFileSync(README, wanted);
    return 0;
  }
  if (wanted === readFileSync(README, 'utf8')) return 0;
  console.error("the chart's README has a stale table of values; run npm run generate and commit");
  return 1;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
