/** What the demo prints: numbered acts, commands as a person would type them, aligned facts. */
const startedAt = performance.now();
const out = process.stdout;
const bold = (text: string): string => (out.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
const dim = (text: string): string => (out.isTTY ? `\x1b[2m${text}\x1b[0m` : text);

export const elapsed = (): string => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;

export function act(number: number, title: string): void {
  out.write(`\n${bold(`${number}. ${title}`)} ${dim(`(${elapsed()})`)}\n`);
}

export function say(text: string): void {
  for (const line of text.trimEnd().split('\n')) out.write(`   ${line}\n`);
}

/** A command as a person would type it, then what it printed. */
export function shell(command: string, output: string): void {
  out.write(`   ${dim('$')} ${command}\n`);
  for (const line of output.trimEnd().split('\n')) out.write(`     ${line}\n`);
}

export function fact(name: string, value: string): void {
  out.write(`   ${name.padEnd(44)} ${bold(value)}\n`);
}

/** Median and 95th percentile by nearest rank, milliseconds. */
export function quantiles(samples: readonly number[]): { p50: number; p95: number; max: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

export const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
