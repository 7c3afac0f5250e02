import type { ManifestFile, MissingFile } from '../../operator/evidence/manifest.ts';
import type { Figures } from './measure.ts';

export interface ExecutorFacts {
  readonly namespace: string;
  readonly executor: string;
  readonly mode: string;
  readonly sinceStart: Figures;
  /** undefined: Prometheus could not be asked. */
  readonly recorded: Figures | undefined;
  readonly smoke: { readonly passed: number; readonly failed: number };
}

export interface ReleaseFacts {
  readonly tag: string;
  readonly at: string;
  readonly executors: readonly ExecutorFacts[];
  readonly files: readonly ManifestFile[];
  readonly missing: readonly MissingFile[];
}

interface Goal {
  readonly of: keyof Figures;
  readonly name: string;
  readonly words: string;
  readonly isMet: (value: number) => boolean;
  readonly show: (value: number) => string;
}

const ms = (seconds: number): string => `${Math.round(seconds * 1_000)} ms`;
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** The release card's four. */
export const GOALS: readonly Goal[] = [
  {
    ...{ of: 'placeAck', name: 'Place→ACK, P95', words: '< 1000 ms' },
    ...{ isMet: (value: number) => value < 1, show: ms },
  },
  {
    ...{ of: 'feedDb', name: 'Feed→DB, P95', words: '< 300 ms' },
    ...{ isMet: (value: number) => value < 0.3, show: ms },
  },
  {
    ...{ of: 'errorRate', name: 'error rate', words: '< 0.5 %' },
    ...{ isMet: (value: number) => value < 0.005, show: percent },
  },
  {
    ...{ of: 'uptime', name: 'uptime', words: '≥ 99.9 %' },
    ...{ isMet: (value: number) => value >= 0.999, show: percent },
  },
];

/** `not measured` is no verdict: nobody may read it as met. */
export function verdict({ of, isMet }: Goal, facts: ExecutorFacts): string {
  const value = facts.recorded?.[of] ?? facts.sinceStart[of];
  if (value === undefined) return 'not measured';
  return isMet(value) ? 'met' : '**not met**';
}

/** The page of a release: what runs, whether it answers, and the SLOs as they were measured. */
export function releaseReadme(facts: ReleaseFacts): string {
  return `# Release ${facts.tag}

Taken from a running system at ${facts.at} by \`npm run evidence\`.

${facts.executors.map(section).join('\n')}
## In this folder
${listing(facts)}

Check it: \`npm run evidence -- --verify ${`evidence/releases/${facts.tag}`}\`
`;
}

function section(facts: ExecutorFacts): string {
  const { namespace, executor, mode, smoke } = facts;
  const rows = GOALS.map((goal) => {
    const { of, name, words, show } = goal;
    const cell = (value: number | undefined) => (value === undefined ? '–' : show(value));
    const cells = [cell(facts.recorded?.[of]), cell(facts.sinceStart[of]), verdict(goal, facts)];
    return `| ${name} | ${words} | ${cells.join(' | ')} |`;
  });
  const failed = smoke.failed === 0 ? '' : ' **Read it first.**';
  return `## ${namespace}/${executor}, mode ${mode}
Smoke test: ${smoke.passed} passed, ${smoke.failed} failed (\`smoke.txt\`).${failed}

| SLO | goal | recorded by Prometheus | since the pod started | verdict |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

Prometheus: the last hour, uptime over 30 days. Orders on paper count nowhere. Uptime is the share of the 30-second slots in which the operator expected the executor that had it ready and in sight of its object, as the rules record it.
`;
}

function listing({ files, missing }: ReleaseFacts): string {
  const rows = files.map(({ name, bytes }) => `- \`${name}\`, ${bytes} bytes`);
  rows.push('- `manifest.json`: all files with their SHA-256');
  if (missing.length > 0) rows.push('\nWhat could not be had:');
  for (const { name, why } of missing) rows.push(`- \`${name}\`: ${why}`);
  return rows.join('\n');
}
