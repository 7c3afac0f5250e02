import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPromtool, testRules } from '../../alerts/promtool.ts';
import { REPOSITORY } from '../../cluster/bundle.ts';
import { type Recorded, rulesTest } from './series.ts';

/** One alert of one arm over the recording. */
export interface AlertCount {
  readonly alert: string;
  readonly executor: string;
  /** How often it began to fire. */
  readonly activations: number;
  readonly firingMinutes: number;
}

export type AlertResult =
  | { readonly kind: 'counted'; readonly alerts: readonly AlertCount[] }
  | { readonly kind: 'not-counted'; readonly why: string };

const EVALUATE_MS = 15_000;
const RULES = join(REPOSITORY, 'alerts', 'trading-executor.rules.yaml');

/** Plays the recording to the rules that ship, by promtool. */
export async function countAlerts(
  recorded: readonly Recorded[],
  scrapeMs: number,
): Promise<AlertResult> {
  const promtool = await findPromtool();
  if (promtool === undefined) {
    return { kind: 'not-counted', why: 'promtool is not there' };
  }
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
  const path = join(folder, 'recorded.yaml');
  writeFileSync(path, rulesTest({ rules: RULES, recorded, scrapeMs, evaluateMs: EVALUATE_MS }));
  const { stdout, stderr, code } = await testRules(promtool, [path]);
  rmSync(folder, { recursive: true, force: true });
  const told = `${stdout}\n${stderr}`;
  if (code !== 0 && !told.includes('got:')) return { kind: 'not-counted', why: told.trim() };
  return { kind: 'counted', alerts: activations(told, EVALUATE_MS) };
}

/** Reads which alerts fired when from what promtool found unexpected. Pure. */
export function activations(told: string, evaluateMs: number): readonly AlertCount[] {
  const firing = new Map<string, number[]>();
  let seconds = 0;
  for (const line of told.split('\n')) {
    const time = /, time: (?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?,/.exec(line);
    if (time !== null) {
      const [, h = 0, m = 0, s = 0] = time;
      seconds = Number(h) * 3_600 + Number(m) * 60 + Number(s);
    }
    if (!line.includes('got:')) continue;
    for (const [, labels = ''] of line.matchAll(/\{([^}]*)\}/g)) {
      const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
      const id = `${label('alertname')} ${label('executor')}`;
      firing.set(id, [...(firing.get(id) ?? []), seconds]);
    }
  }
  const step = evaluateMs / 1_000;
  return [...firing].map(([id, times]) => {
    const [alert = '', executor = ''] = id.split(' ');
    const begins = times.filter((at, index) => index === 0 || at - (times[index - 1] ?? 0) > step);
    const firingMinutes = (times.length * step) / 60;
    return { alert, executor, activations: begins.length, firingMinutes };
  });
}
