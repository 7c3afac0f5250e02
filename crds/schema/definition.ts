import type { z } from 'zod';
import { EXECUTORS, GROUP, INCIDENTS, VERSION } from '../names.ts';
import { VALIDATIONS } from '../rules.ts';
import { TradingExecutorSpec, TradingExecutorStatus } from '../trading-executor.ts';
import { TradingIncidentSpec, TradingIncidentStatus } from '../trading-incident.ts';
import { lint } from './lint.ts';
import { type SchemaNode, structural } from './structural.ts';

interface Column {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 1: only with `-o wide`. */
  readonly priority?: 1;
}

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly Column[];
  /** Rules of the whole object; of metadata they may read the name only. */
  readonly rules: readonly {
    readonly rule: string;
    readonly message: string;
    readonly optionalOldSelf: true;
  }[];
}

const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Since when it exists.',
};

const column = (name: string, jsonPath: string, description: string, wide = false): Column => ({
  name,
  type: 'string',
  jsonPath,
  description,
  ...(wide ? { priority: 1 } : {}),
});

/**
 * Judged on create only: a name cannot be changed, so an object that is there must stay killable.
 * Children are called NAME-executor, their pods' revision label adds 11 characters, of 63 in all.
 */
const NAME_CHARACTERS_MAX = 40;

const executor: Kind = {
  kind: 'TradingExecutor',
  plural: EXECUTORS,
  shortName: 'tex',
  description:
    'One trading executor: what a desk wants of it, what is in force, and the proof that it stopped.',
  spec: TradingExecutorSpec,
  status: TradingExecutorStatus,
  columns: [
    column('Mode', '.spec.mode', 'The mode declared.'),
    column('Effective', '.status.effective.mode', 'The mode in force.'),
    column('Killed', '.status.effective.killSwitch', 'Whether new orders are stopped.'),
    column(
      'Confirmed',
      '.status.conditions[?(@.type=="KillSwitchConfirmed")].status',
      'Whether every pod has shown that its gate is shut.',
    ),
    column('Stability', '.status.stability.state', 'STABLE or WATCH.'),
    column('Ladder', '.status.ladder.reached', 'The highest rung that was held.'),
    column('Version', '.spec.version', 'The release tag declared.'),
    column('Venue', '.spec.venue.name', 'Where orders go.', true),
    column('Reason', '.status.effective.reason', 'Why it is stricter than declared.', true),
    column('Incident', '.status.rollback.incident', 'What holds the latch.', true),
    age,
  ],
  rules: [
    {
      rule: `oldSelf.hasValue() || self.metadata.name.size() <= ${NAME_CHARACTERS_MAX}`,
      optionalOldSelf: true,
      message: `metadata.name must have at most ${NAME_CHARACTERS_MAX} characters, because the names of its pods and Service are made from it; choose a shorter name`,
    },
    {
      optionalOldSelf: true,
      rule: "oldSelf.hasValue() || self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
      message:
        'metadata.name must start with a letter and hold only lower-case letters, digits and "-", because a Service is named after it, e.g. btcturk-main',
    },
  ],
};

const incident: Kind = {
  kind: 'TradingIncident',
  plural: INCIDENTS,
  shortName: 'tin',
  description:
    'One automatic rollback. While it is not acknowledged, the executor it names stays on paper and killed.',
  spec: TradingIncidentSpec,
  status: TradingIncidentStatus,
  columns: [
    column('Executor', '.spec.executor.name', 'What was rolled back.'),
    column('Alert', '.spec.alert.name', 'What fired.'),
    { ...column('Since', '.spec.alert.since', 'When it became active.'), type: 'date' },
    column('Acknowledged-By', '.status.acknowledged.by', 'Who released the latch.'),
    column('Evidence', '.status.evidence', 'Where the evidence pack is.', true),
    age,
  ],
  rules: [],
};

const TYPE_META_CHARACTERS = 316;

/** apiVersion, kind and metadata are the API server's own; it describes them itself. */
function root(of: Kind): SchemaNode {
  const builtIn = { type: 'string', maxLength: TYPE_META_CHARACTERS };
  return {
    description: of.description,
    type: 'object',
    required: ['spec'],
    ...(of.rules.length > 0 ? { [VALIDATIONS]: of.rules } : {}),
    properties: {
      apiVersion: { description: 'Group and version of this schema.', ...builtIn },
      kind: { description: of.kind, ...builtIn },
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 253 } } },
      spec: structural(of.spec),
      status: structural(of.status),
    },
  };
}

function definition(of: Kind): object {
  const schema = root(of);
  const faults = lint(schema, of.kind);
  if (faults.length > 0) {
    throw new Error(`${of.kind} is not a structural schema:\n  ${faults.join('\n  ')}`);
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${of.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: of.kind,
        listKind: `${of.kind}List`,
        plural: of.plural,
        singular: of.kind.toLowerCase(),
        shortNames: [of.shortName],
        categories: ['trading'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: of.columns,
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

/** The CustomResourceDefinitions by file name. Throws when a schema is not structural. */
export function definitions(): Readonly<Record<string, object>> {
  return {
    'trading-executor.yaml': definition(executor),
    'trading-incident.yaml': definition(incident),
  };
}
