/** One line of Prometheus' text format. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*$/s;
const LABEL = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/;

/**
 * The series of the wanted names in what an executor exports. Ours rather than a library's: of some 700
 * lines it reads the few that the console shows, and the loop it does it on confirms kills. Throws on a
 * line of a wanted name that it cannot read: half a histogram is a wrong quantile.
 */
export function exposed(text: string, names: ReadonlySet<string>): readonly Series[] {
  const found: Series[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = ''] = /^([^{ \t]+)/.exec(line) ?? [];
    if (!names.has(name)) continue;
    const [, , labels = '', value = ''] = LINE.exec(line) ?? [];
    const number = numberOf(value);
    if (number === undefined) throw new Error(`"${line.slice(0, 100)}" is not a metric`);
    found.push({ name, labels: labelsOf(labels), value: number });
  }
  return found;
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== ''; ) {
    const [all, name = '', value = ''] = LABEL.exec(rest) ?? [];
    if (all === undefined) throw new Error(`{${text.slice(0, 100)}} are not labels of a metric`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, sign) => (sign === 'n' ? '\n' : sign));
    rest = rest.slice(all.length);
  }
  return labels;
}

/** As Go reads a float; undefined: it is none. */
export function numberOf(text: string): number | undefined {
  if (/^[+-]?Inf$/i.test(text)) {
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (/^NaN$/i.test(text)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
