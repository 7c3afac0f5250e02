import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { REPOSITORY } from '../cluster/bundle.ts';
import type { Day, DayLog } from './day.ts';

/** Writes what a day did and found to evidence/gamedays/<when>/day-N/; returns the folder. */
export function writePack(day: Day, log: DayLog, when: string): string {
  const folder = join(REPOSITORY, 'evidence/gamedays', when, `day-${day.number}`);
  mkdirSync(folder, { recursive: true });
  const files = new Map([...log.files, ['README.md', readme(day, log)]]);
  const listed = [...files].map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    return { name, bytes: Buffer.byteLength(text), sha256 };
  });
  writeFileSync(
    join(folder, 'manifest.json'),
    `${JSON.stringify({ files: listed }, undefined, 2)}\n`,
  );
  return relative(REPOSITORY, folder);
}

const readme = ({ number, title, hypothesis }: Day, { steps, findings, holds }: DayLog): string =>
  [
    `# Game day ${number}: ${title}`,
    '',
    `**Hypothesis.** ${hypothesis}`,
    '',
    `**Verdict.** ${holds ? 'It holds.' : 'IT DOES NOT HOLD.'}`,
    '',
    '## Done',
    ...steps.map((step, at) => `${at + 1}. ${step}`),
    '',
    '## Seen',
    '| | foreseen | seen | |',
    '| --- | --- | --- | --- |',
    ...findings.map(
      ({ what, expected, seen, holds: as }) =>
        `| ${what} | ${expected} | ${seen} | ${as ? '✓' : '✗'} |`,
    ),
    '',
  ].join('\n');
