import { VALIDATIONS } from '../rules.ts';
import type { SchemaNode } from './structural.ts';

const INT_OR_STRING = 'x-kubernetes-int-or-string';

/** All a node may carry; anything else the API server would refuse or ignore. */
const ALLOWED = new Set([
  ...['description', 'type', 'format', 'enum', 'default', 'nullable', 'required'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems', 'maxProperties', 'properties', 'items', 'additionalProperties'],
  ...[VALIDATIONS, INT_OR_STRING, 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
  'pattern',
]);
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
/** metadata may bound the name and say nothing more. */
const IMPLICIT = /^\w+\.metadata(\.name)?$/;
/** What JavaScript reads and Go's RE2 does not: look-around, named groups, back-references, \p, \u. */
const NOT_RE2 = /\(\?(?!:)|\\[1-9]|\\[pPukcB]/;

/** Everything that is wrong with a schema as part of a CRD, each with its path; empty when fine. */
export function lint(schema: SchemaNode, path: string): readonly string[] {
  return [
    ...unknownKeys(schema, path),
    ...shape(schema, path),
    ...bounds(schema, path),
    ...expressions(schema, path),
    ...children(schema).flatMap(([name, child]) => [
      ...(name.startsWith('.') &&
      !IMPLICIT.test(`${path}${name}`) &&
      child.description === undefined
        ? [`${path}${name}: has no description; kubectl explain would show nothing`]
        : []),
      ...lint(child, `${path}${name}`),
    ]),
  ];
}

function children({ properties, items, additionalProperties }: SchemaNode) {
  const found: [string, SchemaNode][] = [];
  for (const [name, child] of Object.entries(properties ?? {})) found.push([`.${name}`, child]);
  if (items) found.push(['[]', items]);
  if (additionalProperties) found.push(['{}', additionalProperties]);
  return found;
}

function unknownKeys(schema: SchemaNode, path: string): readonly string[] {
  return Object.keys(schema)
    .filter((key) => !ALLOWED.has(key))
    .map((key) => `${path}: "${key}" has no place in a structural schema`);
}

function shape(schema: SchemaNode, path: string): readonly string[] {
  const faults: string[] = [];
  const { type, enum: values } = schema;
  const isKnown = typeof type === 'string' && TYPES.includes(type);
  if (schema[INT_OR_STRING] !== true && !isKnown) faults.push(`${path}: has no single type`);
  if (schema.properties && schema.additionalProperties !== undefined) {
    faults.push(`${path}: properties and additionalProperties exclude each other`);
  }
  if (Array.isArray(values) && values.some((value) => typeof value !== 'string')) {
    faults.push(`${path}: enum holds something else than strings`);
  }
  if (type === 'array' && !schema.items) faults.push(`${path}: an array without items`);
  for (const key of (schema.required ?? []) as readonly string[]) {
    if (schema.properties?.[key] === undefined) faults.push(`${path}: requires unknown ${key}`);
  }
  return faults;
}

/** CEL's cost is estimated from bounds: one that is missing multiplies it to refusal. */
function bounds(schema: SchemaNode, path: string): readonly string[] {
  const { type } = schema;
  const bounded = schema.maxLength !== undefined || schema.enum !== undefined;
  if (type === 'string' && !bounded) return [`${path}: needs maxLength`];
  for (const bound of [schema.minimum, schema.maximum]) {
    // The API server compares a whole number with the bound's whole part: 0 passes a minimum of 0.01.
    if (bound !== undefined && !Number.isInteger(bound))
      return [`${path}: the bound ${bound} is not whole`];
  }
  if (type === 'array' && schema.maxItems === undefined) return [`${path}: needs maxItems`];
  if (schema.additionalProperties && schema.maxProperties === undefined) {
    return [`${path}: needs maxProperties`];
  }
  return [];
}

function expressions(schema: SchemaNode, path: string): readonly string[] {
  const faults: string[] = [];
  const { pattern } = schema;
  if (typeof pattern === 'string' && NOT_RE2.test(pattern)) {
    faults.push(`${path}: pattern ${pattern} is not RE2`);
  }
  const rules = (schema[VALIDATIONS] ?? []) as readonly { rule: string; message?: string }[];
  for (const { rule, message } of rules) {
    if (!message) faults.push(`${path}: the rule ${rule} has no message`);
    const [, expression] = /\.matches\('(.*?)'\)/.exec(rule) ?? [];
    if (expression && NOT_RE2.test(expression)) {
      faults.push(`${path}: ${expression} in a rule is not RE2`);
    }
  }
  return faults;
}
