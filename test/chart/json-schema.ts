/** A node of an OpenAPI v3 or JSON schema. */
export interface Node {
  readonly [key: string]: unknown;
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** An API server's `/openapi/v3/…` of one group and version. */
export interface Published {
  readonly components: { readonly schemas: Readonly<Record<string, Node>> };
}

const KINDS = 'x-kubernetes-group-version-kind';
const INT_OR_STRING = 'x-kubernetes-int-or-string';
const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
const MESSAGE_ONLY = ['default', 'description', 'format', 'discriminator'];

/**
 * The JSON Schema of each kind that a group and version publishes, by `kind-group-version` as
 * kubeconform asks for it: lower case, the core group called by its version. Strict: a field that the API server would drop is a fault.
 */
export function jsonSchemas(published: Published): ReadonlyMap<string, Node> {
  const definitions = mapped(published.components.schemas);
  const out = new Map<string, Node>();
  for (const [name, schema] of Object.entries(published.components.schemas)) {
    for (const { group, version, kind } of (schema[KINDS] ?? []) as readonly Kind[]) {
      out.set(`${kind.toLowerCase()}-${group || version}-${version}`, {
        $ref: `#/definitions/${name}`,
        definitions,
      });
    }
  }
  return out;
}

function mapped(nodes: Readonly<Record<string, Node>>): Record<string, Node> {
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, strict(node)]));
}

function strict(source: Node): Node {
  if (typeof source.$ref === 'string') {
    return { $ref: source.$ref.replace('#/components/schemas/', '#/definitions/') };
  }
  if (source[INT_OR_STRING] === true || source.format === 'int-or-string') {
    return { type: ['integer', 'string', 'number'] };
  }
  const node: Record<string, unknown> = Object.fromEntries(
    Object.entries(source).filter(([key]) => !key.startsWith('x-') && !MESSAGE_ONLY.includes(key)),
  );
  if (source.properties) {
    node.properties = mapped(source.properties as Record<string, Node>);
    if (source[PRESERVE] !== true) node.additionalProperties ??= false;
  }
  if (source.items) node.items = strict(source.items as Node);
  if (typeof source.additionalProperties === 'object') {
    node.additionalProperties = strict(source.additionalProperties as Node);
  }
  for (const key of ['allOf', 'oneOf', 'anyOf']) {
    if (source[key]) node[key] = (source[key] as readonly Node[]).map(strict);
  }
  delete node.nullable;
  return nullable(node, source);
}

/** A manifest may spell out what it leaves away: `annotations: null`. */
function nullable(node: Record<string, unknown>, { nullable: said, type }: Node): Node {
  return said === true && typeof type === 'string' ? { ...node, type: [type, 'null'] } : node;
}
