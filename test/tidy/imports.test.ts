import { describe, expect, it } from 'vitest';
import { imports, sources } from './sources.ts';

interface Law {
  readonly of: RegExp;
  readonly mayNot: RegExp;
  readonly because: string;
}

const laws: readonly Law[] = [
  {
    of: /^executor\//,
    mayNot: /^operator\//,
    because: 'an executor must work with the operator dead; what both need is in crds/',
  },
  {
    of: /^operator\//,
    mayNot: /^executor\//,
    because: 'the operator verifies executors from outside; what both need is in crds/',
  },
  {
    of: /^crds\//,
    mayNot: /^(operator|executor|alerts|evidence)\//,
    because: 'crds/ is the contract, it knows no program',
  },
  {
    of: /^(operator|executor|crds|alerts|evidence)\//,
    mayNot: /^test\//,
    because: 'nothing that ships depends on tests',
  },
  {
    of: /^test\/venue\//,
    mayNot: /^(operator|executor|crds)\//,
    because: 'a simulator written from the adapter would share its mistakes',
  },
  {
    of: /^(operator\/(desired|rollback\/decision)|operator\/reconcile\/plan|operator\/console\/numbers\/(quantile|rates|burn|grid|samples|queries)|executor\/(guards|order)\/|crds\/effective)/,
    mayNot: /^(node:(?!assert)|undici$|fastify$|zod$|pino$|prom-client$|@kubernetes\/)/,
    because: 'decisions are pure: values in, values out',
  },
  {
    of: /^(operator|executor|crds)\/(?!kube\/|cluster|venues\/|feed\/socket|main|gate\/|http\/|kill\/|evidence\/)/,
    mayNot: /^undici$/,
    because: 'network calls live at the edges, with deadlines and one pool',
  },
  {
    of: /^(operator|executor|crds)\/(?!journal\/postgres)/,
    mayNot: /^pg$/,
    because: 'one adapter knows the database; the others know the journal',
  },
];

describe('import law', () => {
  const all = sources();
  it.each(laws)('$of may not import $mayNot: $because', ({ of, mayNot }) => {
    const broken = all
      .filter(({ path }) => of.test(path))
      .flatMap((file) =>
        imports(file)
          .filter((target) => mayNot.test(target))
          .map((target) => `${file.path} imports ${target}`),
      );
    expect(broken).toEqual([]);
  });
});
