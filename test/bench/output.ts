import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, type } from 'node:os';
import { join, relative } from 'node:path';
import { REPOSITORY } from '../cluster/bundle.ts';
import { type Panel, svg } from './svg.ts';

const FOLDER = join(REPOSITORY, 'evidence', 'bench');
const TMPFS = 0x01021994;

/** Where the numbers come from; they mean little without it. */
export function machine() {
  const [cpu] = cpus();
  return {
    at: new Date().toISOString(),
    node: process.version,
    system: `${type()} ${release()} ${arch()}`,
    cpu: `${cpus().length} × ${cpu?.model ?? 'unknown'}`,
    /** Above the number of cores something else was running too. */
    loadAverage: loadavg().map((one) => Number(one.toFixed(2))),
  };
}

export const isInMemory = (folder: string): boolean => statfsSync(folder).type === TMPFS;

/** Writes NAME.json and NAME.svg to evidence/bench/ and says where. */
export function writeResult(name: string, result: object, panels: readonly Panel[]): void {
  mkdirSync(FOLDER, { recursive: true });
  const [load = 0] = loadavg();
  if (load > cpus().length) {
    const cores = `${load.toFixed(1)} on ${cpus().length} cores`;
    console.log(
      `\nLOAD AVERAGE ${cores}: other programs shaped these figures; measure again when it is quiet.`,
    );
  }
  const whole = { bench: name, machine: machine(), ...result };
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(whole, shortened, 2)}\n`);
  writeFileSync(join(FOLDER, `${name}.svg`), svg(panels));
  const path = relative(REPOSITORY, join(FOLDER, name));
  console.log(`\nwritten: ${path}.json, ${path}.svg`);
}

const shortened = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

/** `--name N`; the fallback when it is not given. */
export function numberOption(args: readonly string[], name: string, fallback: number): number {
  const at = args.indexOf(`--${name}`);
  if (at === -1) return fallback;
  const value = Number(args[at + 1]);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} needs a number above 0, not ${args[at + 1] ?? 'nothing'}`);
}

/** Rows under a heading, columns aligned: the first to the left, the rest to the right. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  return all.map((row) => `  ${line(row)}`).join('\n');
}

/** `3 × this, 1 × that`, most frequent first. */
export function told(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${count} × ${name}`).join(', ') || 'none';
}

/** Milliseconds as people read them. */
export const ms = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(2));
export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
