import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outputs } from '../../crds/generate.ts';
import { childName } from '../../crds/names.ts';
import { ruled } from '../../crds/rules.ts';
import { lint } from '../../crds/schema/lint.ts';
import { type SchemaNode, structural } from '../../crds/schema/structural.ts';
import { TradingExecutorSpec } from '../../crds/trading-executor.ts';
import { specCases } from './spec-cases.ts';

const root = join(import.meta.dirname, '../..');

describe('the generated files', () => {
  it.each([...outputs().keys()])('%s is what the schemas say; else: npm run generate', (path) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(outputs().get(path));
  });

  it.each(['paper', 'trickle', 'bist', 'postgres'])('the example %s is a valid spec', (name) => {
    const text = readFileSync(join(root, 'crds/examples', `${name}.yaml`), 'utf8');
    const { spec } = load(text) as { spec: unknown };
    expect(TradingExecutorSpec.safeParse(spec).error).toBeUndefined();
  });

  it('allows no name from which a child would get one that is too long', () => {
    const [yaml = ''] = outputs().values();
    const longest = Number(/name\.size\(\) <= (\d+)/.exec(yaml)?.[1]);
    const revisionLabel = `${childName('x'.repeat(longest))}-0123456789`;
    expect(revisionLabel.length).toBeLessThanOrEqual(63);
  });
});

describe('zod', () => {
  it.each(specCases)('$name', ({ spec, refused }) => {
    expect(TradingExecutorSpec.safeParse(spec).success).toBe(refused === undefined);
  });
});

describe('lint', () => {
  const described = <S extends z.ZodType>(schema: S): S => schema.describe('It.') as S;
  const object = (of: z.ZodType) => structural(z.object({ a: described(of) }));

  it.each<[string, z.ZodType]>([
    ['bounded text', z.string().max(5)],
    ['strict objects', z.strictObject({ b: described(z.boolean()) })],
    ['numbers', z.number().min(0)],
    ['integers', z.int()],
    ['maps with a bound', z.record(z.string().max(5), z.boolean()).meta({ maxProperties: 2 })],
    ['a rule with a message', ruled(z.boolean(), [{ cel: 'self', message: 'set it' }])],
  ])('passes %s', (_, schema) => {
    expect(lint(object(schema), 'X')).toEqual([]);
  });

  it.each<[string, z.ZodType, string]>([
    ['unions', z.union([z.object({ b: z.string() }), z.boolean()]), 'X.a: "anyOf" has no place'],
    ['intersections', z.intersection(z.string().max(3), z.string().min(1)), '"allOf" has no place'],
    ['text without a bound', z.string(), 'X.a: needs maxLength'],
    ['arrays without a bound', z.array(z.boolean()), 'X.a: needs maxItems'],
    ['maps without a bound', z.record(z.string(), z.boolean()), 'X.a: needs maxProperties'],
    ['bounds that are not whole', z.number().min(0.01), 'the bound 0.01 is not whole'],
    ['numbers as enum', z.literal(5), 'enum holds something else than strings'],
    [
      'look-ahead',
      z
        .string()
        .max(5)
        .regex(/^(?=a)b/),
      'is not RE2',
    ],
    ['back-references', z.string().max(5).regex(/(a)\1/), 'is not RE2'],
    [
      'look-behind in a rule',
      ruled(z.string().max(5), [{ cel: "self.matches('(?<!a)b')", message: 'no' }]),
      'in a rule is not RE2',
    ],
    [
      'a rule without a message',
      ruled(z.boolean(), [{ cel: 'self', message: '' }]),
      'has no message',
    ],
    ['ids', z.boolean().meta({ id: 'Yes' }), 'has no place'],
    ['anything', z.unknown(), 'has no single type'],
    [
      'what JSON Schema only notes',
      z.boolean().meta({ deprecated: true }),
      '"deprecated" has no place',
    ],
  ])('refuses %s', (_, schema, message) => {
    expect(lint(object(schema), 'X').join('\n')).toContain(message);
  });

  it('refuses a field that kubectl explain could not describe', () => {
    expect(lint(structural(z.object({ a: z.boolean() })), 'X')).toEqual([
      'X.a: has no description; kubectl explain would show nothing',
    ]);
  });

  it('refuses to require what is not there', () => {
    const broken: SchemaNode = { type: 'object', required: ['b'], properties: {} };
    expect(lint(broken, 'X')).toEqual(['X: requires unknown b']);
  });
});
