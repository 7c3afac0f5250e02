import type { EvidencePack, IncidentView } from '../../operator/console/wire/incident.ts';
import type { ExecutorRow } from '../../operator/console/wire/overview.ts';
import { HOSTILE } from './played-data.ts';
import { ago, type Rights } from './played-detail.ts';

export function playedIncidents(rows: readonly ExecutorRow[], may: Rights, now: number) {
  const latched = rows.filter((row) => row.incident !== null).slice(0, 4);
  return latched.flatMap((row, index): IncidentView[] => [
    playedIncident(row, { may, now, open: true, name: row.incident ?? '' }),
    ...(index === 0
      ? [
          playedIncident(row, {
            may,
            now: now - 9e8,
            open: false,
            name: `${row.name}-20261115020311`,
          }),
        ]
      : []),
  ]);
}

function playedIncident(
  row: ExecutorRow,
  at: { readonly may: Rights; readonly now: number; readonly open: boolean; readonly name: string },
): IncidentView {
  const { now, may, open, name } = at;
  const line = (ms: number, what: string) => ({ at: ago(now, ms), what });
  return {
    ...{ at: ago(now, 0), namespace: row.namespace, name, open, may },
    spec: {
      executor: { name: row.name, uid: row.uid },
      alert: {
        name: 'PlaceAckLatencyRollback',
        fingerprint: '9b1c',
        since: ago(now, 1_200_000),
        summary: `11 % of orders over 1 s ${HOSTILE}`,
      },
      decision: `PlaceAckLatencyRollback lasted 10 min; so ${row.name} goes to paper and is killed`,
      decidedAt: ago(now, 600_000),
      before: { mode: 'live', killSwitch: false },
      after: { mode: 'paper', killSwitch: true },
    },
    status: {
      timeline: [
        line(600_000, 'Decided: PlaceAckLatencyRollback lasted 10 min'),
        line(599_942, 'Latched: paper and killed'),
        line(599_901, 'Spec patched: mode paper, killSwitch true'),
        line(599_100, 'Announced: as an Event'),
        line(590_400, 'Evidence: collected, 9 files'),
      ],
      ...(open ? {} : { acknowledged: { by: 'ayse@desk.example', at: ago(now, 60_000) } }),
    },
    pack: `2026-11-25T12-50-12Z-${row.name}`,
    evidenceWhy: null,
  };
}

const README = `# Rollback of ethtry-maker-001

At 12:50:12 UTC the alert **PlaceAckLatencyRollback** had lasted 10 min; the executor went to \`paper\` and was killed.
${HOSTILE}

| when | what |
| --- | --- |
| 12:40:12 | the alert became active |
| 12:50:12 | latched, gated after 12 ms, flat after 341 ms |

## What was checked

- the gate is shut: \`/place\` answers 403
- nothing is open at the venue
`;

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 200"><script>document.title='broken'</script><rect width="600" height="200" fill="#fff"/><path d="M20 170L140 160L220 150L300 40L420 60L500 150L580 160" fill="none" stroke="#1d4ed8" stroke-width="3"/><path d="M20 90H580" stroke="#b4161f" stroke-dasharray="8 5"/></svg>`;

export const files: Readonly<Record<string, string>> = {
  'README.md': README,
  'latency.svg': SVG,
  'smoke.txt': `ok   /livez 200\nok   /control killed, gated, flat\n${HOSTILE}\n`,
  'metrics.prom': '# TYPE spark_kill_switch gauge\nspark_kill_switch 1\n'.repeat(60),
  'version.json': '{"tag":"v1.2-ramp","commit":"4f1c2ab","builtAt":"2026-11-20T09:12:00Z"}',
  'executor-before.yaml': 'apiVersion: spark.trading/v1alpha1\nkind: TradingExecutor\n',
};

export const playedPack = (pack: string): EvidencePack => ({
  pack,
  complete: false,
  missing: [{ name: 'overview.png', why: 'no browser image is configured' }],
  files: Object.entries(files).map(([name, text]) => ({
    ...{ name, bytes: text.length, sha256: `sha-of-${name}` },
  })),
});
