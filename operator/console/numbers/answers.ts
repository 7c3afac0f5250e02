import { z } from 'zod';
import { getText } from '../../http/get-text.ts';
import { AlertsAnswer } from './firing.ts';

/** Prometheus' HTTP API, as far as the console asks it. Everything throws with what went wrong. */

const Labels = z.record(z.string(), z.string());
const Point = z.tuple([z.number(), z.string()]);
const Vector = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: Labels, value: Point })),
  }),
});
const Matrix = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: Labels, values: z.array(Point) })),
  }),
});

export interface Value {
  readonly labels: Readonly<Record<string, string>>;
  /** null: NaN or infinite, as a quantile of nothing is. */
  readonly value: number | null;
}

export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  /** Unix seconds and value. */
  readonly values: readonly (readonly [number, number | null])[];
}

/** Ours is longer: Prometheus then says itself that it gave up. */
const EVALUATION_S = 8;
const ANSWER_MS_MAX = 10_000;
/** 500 executors with 40 reasons each are 2.5 MB, and reading more would hold up the loop. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** As it is now. */
export async function vector(url: string, query: string): Promise<readonly Value[]> {
  const body = await answer(`${url}/api/v1/query`, { query, timeout: `${EVALUATION_S}s` });
  const { result } = parsed(Vector, body, url).data;
  return result.map(({ metric, value: [, text] }) => ({ labels: metric, value: finite(text) }));
}

export interface Range {
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
}

export async function matrix(
  url: string,
  query: string,
  { startS, endS, stepS }: Range,
): Promise<readonly Line[]> {
  const range = { start: `${startS}`, end: `${endS}`, step: `${stepS}` };
  const wanted = { query, ...range, timeout: `${EVALUATION_S}s` };
  const body = await answer(`${url}/api/v1/query_range`, wanted);
  return parsed(Matrix, body, url).data.result.map(({ metric, values }) => ({
    labels: metric,
    values: values.map(([at, text]) => [at, finite(text)] as const),
  }));
}

/** What fires and what is about to, with when each began. */
export async function alerts(url: string): Promise<z.output<typeof AlertsAnswer>> {
  return parsed(AlertsAnswer, await answer(`${url}/api/v1/alerts`), url);
}

async function answer(url: string, query: Record<string, string> = {}): Promise<unknown> {
  const asked = Object.keys(query).length === 0 ? url : `${url}?${new URLSearchParams(query)}`;
  return JSON.parse(await getText(asked, ANSWER_MS_MAX, ANSWER_BYTES_MAX));
}

function parsed<T>(schema: z.ZodType<T>, body: unknown, url: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Error(`${url} does not answer as Prometheus does: ${z.prettifyError(result.error)}`);
}

const finite = (text: string): number | null =>
  Number.isFinite(Number(text)) ? Number(text) : null;
