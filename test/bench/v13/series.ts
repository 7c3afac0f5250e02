/** One series as it was scraped: a value per scrape, NaN where it was not there. */
export interface Recorded {
  readonly series: string;
  readonly values: readonly number[];
}

const LINE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;

/** Scrapes put side by side; every series gets the given labels in front of its own. */
export class Recording {
  readonly #labels: string;
  readonly #series = new Map<string, number[]>();
  #scrapes = 0;

  constructor(labels: Readonly<Record<string, string>>) {
    this.#labels = Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join(',');
  }

  /** Takes in the text of one scrape; of the executor's own series only. */
  add(text: string): void {
    for (const line of text.split('\n')) {
      const [, name = '', labels, value] = LINE.exec(line) ?? [];
      if (!name.startsWith('spark_')) continue;
      const series = `${name}{${[this.#labels, ...(labels ? [labels] : [])].join(',')}}`;
      const values = this.#series.get(series) ?? new Array<number>(this.#scrapes).fill(Number.NaN);
      values.push(Number(value));
      this.#series.set(series, values);
    }
    this.#scrapes += 1;
    for (const values of this.#series.values()) {
      if (values.length < this.#scrapes) values.push(Number.NaN);
    }
  }

  /** Those whose name is asked for. */
  list(names: RegExp): readonly Recorded[] {
    return [...this.#series]
      .filter(([series]) => names.test(series))
      .map(([series, values]) => ({ series, values }));
  }
}

export interface RulesTestTerms {
  readonly rules: string;
  readonly recorded: readonly Recorded[];
  readonly scrapeMs: number;
  readonly evaluateMs: number;
}

/**
 * A promtool rules test that plays recorded series to the shipped rules and, at every evaluation,
 * asks which alerts fire. It expects none, so that promtool tells those that do.
 */
export function rulesTest({ rules, recorded, scrapeMs, evaluateMs }: RulesTestTerms): string {
  const scrapes = Math.max(0, ...recorded.map(({ values }) => values.length));
  const evaluations = Math.floor((scrapes * scrapeMs) / evaluateMs);
  const test = {
    rule_files: [rules],
    evaluation_interval: `${evaluateMs}ms`,
    tests: [
      {
        interval: `${scrapeMs}ms`,
        input_series: recorded.map(({ series, values }) => ({
          series,
          values: values.map((value) => (Number.isNaN(value) ? '_' : String(value))).join(' '),
        })),
        promql_expr_test: Array.from({ length: evaluations }, (_, at) => ({
          expr: 'ALERTS{alertstate="firing"}',
          eval_time: `${(at + 1) * evaluateMs}ms`,
          exp_samples: [],
        })),
      },
    ],
  };
  return JSON.stringify(test, null, 1); // JSON is YAML
}
