import { z } from 'zod';

/** What of a JSON Schema bounds a value. */
interface Bounds {
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Bounds>>;
  readonly items?: Bounds;
}

/**
 * Makes the function that cuts a value to the lengths its schema allows: the API server refuses a
 * whole write when one text in it is too long, and a latch must not be lost to a long text. Lists
 * keep their beginning. A value within bounds comes back equal; nothing else is checked or changed.
 */
export function cutTo<S extends z.ZodType>(schema: S): (value: z.output<S>) => z.output<S> {
  const bounds = z.toJSONSchema(schema, { io: 'output', reused: 'inline' }) as Bounds;
  return (value) => cut(value, bounds) as z.output<S>;
}

function cut(value: unknown, bounds: Bounds | undefined): unknown {
  if (bounds === undefined) return value;
  if (typeof value === 'string') return cutText(value, bounds.maxLength);
  if (Array.isArray(value)) {
    return value.slice(0, bounds.maxItems).map((one) => cut(one, bounds.items));
  }
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {} } = bounds;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, cut(one, properties[name])]),
  );
}

/**
 * Counts code points, as zod and the API server do. Half a surrogate pair becomes U+FFFD, as the API
 * server would store it: what is read back equals what was written.
 */
function cutText(text: string, max = Number.POSITIVE_INFINITY): string {
  if (text.length <= max) return text.toWellFormed();
  const enough = text.slice(0, 2 * max); // a code point is at most two units
  return [...enough].slice(0, max).join('').toWellFormed();
}
