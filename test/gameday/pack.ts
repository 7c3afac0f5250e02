import { join, relative } from 'node:path';
import { keep, writeManifest } from '../../operator/evidence/folder.ts';
import { volumeStore } from '../../operator/evidence/volume.ts';
import { REPOSITORY } from '../cluster/bundle.ts';
import type { Day, DayLog } from './day.ts';

/**
 * Writes what a day did and found to evidence/gamedays/<when>/day-N/, as any pack: `npm run evidence -- --verify`
 * judges it. Returns the folder.
 */
export async function writePack(day: Day, log: DayLog, when: string): Promise<string> {
  const folder = join(REPOSITORY, 'evidence/gamedays', when, `day-${day.number}`);
  const pack = volumeStore(folder);
  const texts = [...log.files, ['README.md', readme(day, log)] as const];
  const files = await Promise.all(texts.map(([name, text]) => keep(pack, name, text)));
  await writeManifest(pack, { version: 1, files, missing: [] });
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
