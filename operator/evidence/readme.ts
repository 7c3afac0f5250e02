import type { ControlReport } from '../../crds/control.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { epochMs, inWords } from '../rollback/instant.ts';
import type { ManifestFile, MissingFile } from './manifest.ts';

export interface ReadmeFacts {
  readonly incident: TradingIncident;
  /** When the latch was accepted. */
  readonly latchedAt: string | undefined;
  readonly reports: readonly ControlReport[];
  readonly smoke: { readonly passed: number; readonly failed: number } | undefined;
  readonly files: readonly ManifestFile[];
  readonly missing: readonly MissingFile[];
}

const WHAT: Readonly<Record<string, string>> = {
  'metrics.prom': 'every metric of the executor at the moment of the rollback',
  'latency.svg': 'how long orders took in that hour, against the SLO',
  'executor.png': 'the executor’s page of the console at the moment of the rollback',
  'incident.png': 'the incident’s page of the console when this was written',
  'prometheus.json': 'the hour before it, as Prometheus recorded it',
  'executor.log': 'the executor’s log of the last hour',
  'executor-previous.log': 'the log of the executor process before this one',
  'ungated.log': 'the last words of a pod that did not confirm the kill in time and was deleted',
  'operator.log': 'the operator’s log of the last hour',
  'smoke.txt': 'what was checked on the executor after the rollback, and what it answered',
  'version.json': 'which build was running',
  'control.json': 'what the executor itself said: gate, orders in flight, open, unknown',
  'audit.json': 'the executor’s orders of the last hour in numbers',
  'alerts.json': 'the alert that decided, and all others on record',
  'alerts-delivered.jsonl': 'the alerts as Alertmanager delivered them, one a line',
  'alertmanager.json': 'what Alertmanager said was firing',
  'executor-before.yaml': 'the TradingExecutor as it was when the rollback was decided',
  'executor-after.yaml': 'the TradingExecutor afterwards',
  'incident.yaml': 'the TradingIncident: the record that holds the latch',
  'events.yaml': 'Kubernetes Events of the executor and its pods',
};

/** The page a manager reads first: what happened, why, what was done, what to do now. */
export function readme(facts: ReadmeFacts): string {
  const { incident } = facts;
  const { executor, alert, decision, decidedAt, before, after } = incident.spec;
  const { name, namespace } = incident.metadata;
  return `# ${executor.name} was put on paper by itself

**${decidedAt}** · executor \`${namespace}/${executor.name}\` · incident \`${name}\`

## What happened
The alert **${alert.name}** began at ${alert.since} and did not end. ${sentence(decision)}

| | before | after |
| --- | --- | --- |
| mode | ${before.mode} | ${after.mode} |
| kill switch | ${onOff(before.killSwitch)} | ${onOff(after.killSwitch)} |

No new order leaves until a person acknowledges the incident. Re-applying the old manifest, a Helm
upgrade, a GitOps sync, deleting and recreating the executor: none of them releases it.

## The hour before
${picture(facts, 'latency.svg', 'P95 of Place→ACK in the hour before the rollback, against its SLO')}

## What the console showed
${pages(facts)}

## How fast
${timings(facts)}

## Timeline
${timeline(incident)}

## Checked afterwards
${checked(facts.smoke)}

## What to do now
1. Find out why orders were slow: \`metrics.prom\`, \`prometheus.json\` and \`executor.log\` are beside this file.
2. When the cause is gone, acknowledge. This releases the latch and nothing else; the spec stays as it
   is, and the executor climbs from paper one rung at a time:

       kubectl annotate --overwrite tradingexecutor ${executor.name} -n ${namespace} spark.trading/acknowledge-rollback=${name}
3. Set \`spec.mode\` and \`spec.killSwitch\` back in the manifest you keep, if the rollback's patch is still there.

## In this folder
${listing(facts)}
`;
}

/** Of what is not there the reader learns why, not a broken picture. */
function picture({ files, missing }: ReadmeFacts, name: string, of: string): string {
  if (files.some((file) => file.name === name)) return `![${of}](${name})`;
  const why = missing.find((file) => file.name === name)?.why ?? 'it was not collected';
  return `There is no \`${name}\`: ${why}.`;
}

function pages(facts: ReadmeFacts): string {
  const names = [...facts.files, ...facts.missing].map(({ name }) => name);
  if (!names.includes('executor.png')) {
    return 'Pictures of the console are not switched on here (chart value `evidence.screenshots.enabled`).';
  }
  const { name } = facts.incident.spec.executor;
  const executor = `The page of ${name} at the moment of the rollback`;
  const incident = 'The page of the incident when this was written';
  return `${picture(facts, 'executor.png', executor)}\n\n${picture(facts, 'incident.png', incident)}`;
}

const onOff = (on: boolean): string => (on ? 'on' : 'off');
const sentence = (words: string): string => (words.endsWith('.') ? words : `${words}.`);

function timings({ incident, latchedAt, reports }: ReadmeFacts): string {
  const lines = [
    took(
      'From the alert’s beginning to the decision',
      incident.spec.alert.since,
      incident.spec.decidedAt,
    ),
  ];
  lines.push(took('From the decision to the latch', incident.spec.decidedAt, latchedAt));
  for (const { pod, gatedAt, flatAt } of reports) {
    lines.push(took(`From the latch to gated, ${pod} (no new order leaves)`, latchedAt, gatedAt));
    lines.push(
      took(
        `From the latch to flat, ${pod} (nothing open, in flight or unknown)`,
        latchedAt,
        flatAt,
      ),
    );
  }
  if (reports.length === 0)
    lines.push('- No executor could be asked whether it is gated and flat.');
  return lines.join('\n');
}

function took(
  what: string,
  from: string | undefined | null,
  to: string | undefined | null,
): string {
  const [start, end] = [epochMs(from ?? undefined), epochMs(to ?? undefined)];
  if (start === undefined || end === undefined) return `- ${what}: not known when this was written`;
  const ms = end - start;
  if (ms < 0) return `- ${what}: it already was, ${inWords(-ms)} before`;
  return ms < 10_000 ? `- ${what}: ${ms} ms` : `- ${what}: ${inWords(ms)}`;
}

function timeline({ status }: TradingIncident): string {
  const lines = (status?.timeline ?? []).map(({ at, what }) => `- ${at} ${what}`);
  return lines.length === 0 ? '- not on record' : lines.join('\n');
}

function checked(smoke: ReadmeFacts['smoke']): string {
  if (smoke === undefined) return 'Nothing could be checked.';
  const words = `${smoke.passed} passed, ${smoke.failed} failed; \`smoke.txt\` has each answer.`;
  return smoke.failed === 0 ? words : `**${words}** Read it before anything else.`;
}

function listing({ files, missing }: ReadmeFacts): string {
  const rows = files.map(({ name }) => {
    return `- \`${name}\`: ${whatIs(name)}`;
  });
  const redactions = files.reduce((sum, { redactions }) => sum + redactions, 0);
  rows.push('- `manifest.json`: all files with their SHA-256');
  if (redactions > 0) rows.push(`\n${redactions} places that looked like secrets were taken out.`);
  if (missing.length > 0) rows.push('\nWhat could not be had:');
  for (const { name, why } of missing) rows.push(`- \`${name}\`: ${why}`);
  return rows.join('\n');
}

/** The files of a second pod carry its name: `metrics-btc-executor-1.prom` is one more metrics.prom. */
function whatIs(name: string): string {
  const [known] = Object.keys(WHAT)
    .filter((one) => {
      const [stem = '', ending = ''] = one.split('.');
      return name === one || (name.startsWith(`${stem}-`) && name.endsWith(`.${ending}`));
    })
    .sort((a, b) => b.length - a.length);
  return (known === undefined ? undefined : WHAT[known]) ?? 'more of the same';
}
