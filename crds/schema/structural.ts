import { z } from 'zod';
import { VALIDATIONS } from '../rules.ts';

/** A node of an OpenAPI v3 schema as a CustomResourceDefinition holds it. */
export type SchemaNode = { [key: string]: unknown } & {
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  additionalProperties?: SchemaNode;
};

const INT32_MAX = 2_147_483_647;
const INT_OR_STRING = 'x-kubernetes-int-or-string';
/** What JSON Schema says and a CRD may not: the API server prunes unknown fields by itself. */
const SILENT = ['propertyNames', 'additionalProperties'] as const;

/**
 * A zod schema as the structural schema of a CRD. What it cannot express it leaves in place, for
 * `lint` to name.
 */
export function structural(schema: z.ZodType): SchemaNode {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input', // a field with a default is not required
    reused: 'inline', // $ref is forbidden
  });
  return node(json as SchemaNode);
}

function node(source: SchemaNode): SchemaNode {
  const { properties, items, additionalProperties, ...rest } = source;
  const out: SchemaNode = rest;
  for (const key of SILENT) delete out[key];
  if (rest[INT_OR_STRING] === true) delete out.anyOf;
  if (properties) out.properties = mapped(properties);
  if (items) out.items = node(items);
  if (additionalProperties && typeof additionalProperties === 'object') {
    out.additionalProperties = node(additionalProperties);
  }
  if (out.type === 'integer') out.format = intFormat(out);
  if (out.type === 'number') out.format = 'double';
  if (saysItsPattern(out)) delete out.pattern;
  return ordered(out);
}

function mapped(properties: Record<string, SchemaNode>): Record<string, SchemaNode> {
  return Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, node(child)]));
}

function intFormat(of: SchemaNode): string {
  if (of.maximum === Number.MAX_SAFE_INTEGER) delete of.maximum;
  const fits = typeof of.maximum === 'number' && of.maximum <= INT32_MAX;
  return fits ? 'int32' : 'int64';
}

/** The rule has a message that says what to write; `pattern` would only repeat the expression. */
function saysItsPattern(of: SchemaNode): boolean {
  const rules = (of[VALIDATIONS] ?? []) as readonly { readonly rule: string }[];
  return rules.some(({ rule }) => rule.startsWith("self.matches('"));
}

const FIRST = ['description', 'type', 'format', 'enum', 'default', 'required'];

/** Reading order: what it is, then its bounds, then its children. */
function ordered(of: SchemaNode): SchemaNode {
  const first = FIRST.filter((key) => key in of);
  const children = ['properties', 'items', 'additionalProperties'].filter((key) => key in of);
  const others = Object.keys(of).filter((key) => !first.includes(key) && !children.includes(key));
  return Object.fromEntries([...first, ...others, ...children].map((key) => [key, of[key]]));
}
