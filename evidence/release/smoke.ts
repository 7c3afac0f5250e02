import { redact } from '../../operator/evidence/redact.ts';
import type { Answer, Doors } from './doors.ts';

interface Check {
  readonly what: string;
  readonly wanted: string;
  readonly ask: (doors: Doors) => Promise<Answer>;
  readonly isRight: (answer: Answer, tag: string) => boolean;
}

const is = (status: number) => (answer: Answer) => answer.status === status;
const plain = (path: string): Check => ({
  ...{ what: `GET ${path}`, wanted: '200' },
  ...{ ask: (doors) => doors.plain(path), isRight: is(200) },
});

/** Nothing here places, cancels or changes anything: it runs against a system that trades. */
const CHECKS: readonly Check[] = [
  plain('/livez'),
  plain('/readyz'),
  plain('/metrics'),
  {
    ...{ what: 'GET /api/version', wanted: '200 with the tag of this release' },
    ask: (doors) => doors.secure('/api/version'),
    isRight: ({ status, text }, tag) => status === 200 && tagIn(text) === tag,
  },
  {
    ...{ what: 'GET /control', wanted: '200 with its gate' },
    ask: (doors) => doors.secure('/control'),
    isRight: ({ status, text }) => status === 200 && /"gate"\s*:\s*"(open|shut)"/.test(text),
  },
  {
    ...{ what: 'GET /orders without a token', wanted: '401: nobody is let in' },
    ask: (doors) => doors.secure('/orders', 'bare'),
    isRight: is(401),
  },
];

export interface ReleaseSmoke {
  readonly text: string;
  readonly passed: number;
  readonly failed: number;
}

/** Asks one pod everything there is to ask without touching an order. */
export async function smoke(doors: Doors, tag: string): Promise<ReleaseSmoke> {
  const lines: string[] = [];
  let passed = 0;
  for (const { what, wanted, ask, isRight } of CHECKS) {
    const answer = await ask(doors).catch((cause: unknown) => String(cause));
    const right = typeof answer !== 'string' && isRight(answer, tag);
    if (right) passed++;
    const got = typeof answer === 'string' ? answer : `${answer.status}`;
    const said = typeof answer === 'string' ? '' : `  ${excerpt(answer.text)}`;
    const line = `${right ? 'PASS' : 'FAIL'}  ${doors.pod}  ${what}  ${got}`;
    lines.push(right ? line : `${line}  (wanted ${wanted})${said}`);
  }
  return { text: `${lines.join('\n')}\n`, passed, failed: CHECKS.length - passed };
}

/** The tag in an answer of /api/version; undefined when it is none. */
export function tagIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { tag?: string }).tag;
  } catch {
    return undefined;
  }
}

const excerpt = (text: string): string => redact(text).text.slice(0, 200).replaceAll('\n', ' ');
