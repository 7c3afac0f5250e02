import type { Heard, Knock, PodDoor } from './pod-door.ts';
import { redact } from './redact.ts';

interface Check {
  readonly door: 'plain' | 'secure';
  readonly knock: Knock;
  /** What is right while a rollback is latched, in words and as a test. */
  readonly wanted: string;
  readonly isRight: (status: number, text: string) => boolean;
}

const is = (wanted: number) => (status: number) => status === wanted;

/** A dry run is refused before the journal; the operator is no caller, so nothing could leave anyway. */
const DRY_RUN = {
  symbol: 'BTCTRY',
  side: 'buy',
  type: 'limit',
  quantity: '0.0001',
  price: '1',
  dryRun: true,
};

const CHECKS: readonly Check[] = [
  { door: 'plain', knock: { method: 'GET', path: '/livez' }, wanted: '200', isRight: is(200) },
  {
    door: 'plain',
    knock: { method: 'GET', path: '/readyz' },
    wanted: '200: a kill never makes a pod unready',
    isRight: is(200),
  },
  { door: 'plain', knock: { method: 'GET', path: '/metrics' }, wanted: '200', isRight: is(200) },
  {
    door: 'secure',
    knock: { method: 'GET', path: '/api/version' },
    wanted: '200 with the release tag',
    isRight: (status, text) => status === 200 && text.includes('"tag"'),
  },
  {
    door: 'secure',
    knock: { method: 'GET', path: '/control' },
    wanted: '200 with gate shut',
    isRight: (status, text) => status === 200 && /"gate"\s*:\s*"shut"/.test(text),
  },
  {
    door: 'secure',
    knock: {
      method: 'POST',
      path: '/place',
      body: DRY_RUN,
      headers: { 'idempotency-key': 'smoke' },
    },
    wanted: '403: no order is taken',
    isRight: is(403),
  },
];

export interface Smoke {
  readonly text: string;
  readonly passed: number;
  readonly failed: number;
}

/** Knocks at every door of one pod and writes down what it heard. */
export async function smoke(door: PodDoor): Promise<Smoke> {
  const lines: string[] = [];
  let passed = 0;
  for (const check of CHECKS) {
    const heard = await door[check.door](check.knock);
    const isRight = heard.ok && check.isRight(heard.status, heard.text);
    if (isRight) passed++;
    lines.push(line(door.pod, check, heard, isRight));
  }
  return { text: `${lines.join('\n')}\n`, passed, failed: CHECKS.length - passed };
}

function line(pod: string, { knock, wanted }: Check, heard: Heard, isRight: boolean): string {
  const verdict = isRight ? 'PASS' : 'FAIL';
  const got = heard.ok ? String(heard.status) : heard.why;
  const words = `${verdict}  ${pod}  ${knock.method} ${knock.path}  ${got}  ${heard.ms} ms`;
  const said = heard.ok && !isRight ? `  ${excerpt(heard.text)}` : '';
  return isRight ? words : `${words}  (wanted ${wanted})${said}`;
}

/** Redacted before it is cut: half a key is no longer known as one. */
const excerpt = (text: string): string => redact(text).text.slice(0, 200).replaceAll('\n', ' ');
