/** For what only orders and Prometheus can show: an order in 2.1 s keeps under the 30 a minute of trickle. */
export const PATIENT = { everyMs: 2_100, withinMs: 180_000 } as const;

/** What a day found: as it was foreseen, or not. */
export interface Finding {
  readonly what: string;
  readonly expected: string;
  readonly seen: string;
  readonly holds: boolean;
}

/** One game day, as the release card has it: foreseen, done, looked at, judged. */
export interface Day {
  readonly number: number;
  readonly title: string;
  readonly hypothesis: string;
  /** Leaves the system as found, also when it throws. */
  readonly play: (log: DayLog) => Promise<void>;
}

/** Collects what a day does and finds, and tells it as it happens. */
export class DayLog {
  readonly steps: string[] = [];
  readonly findings: Finding[] = [];
  /** Files of the day's pack, by name. */
  readonly files = new Map<string, string>();
  readonly #tell: (line: string) => void;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  step(what: string): void {
    this.steps.push(what);
    this.#tell(`- ${what}`);
  }

  found(what: string, expected: string, seen: string | number, holds: boolean): void {
    this.findings.push({ what, expected, seen: String(seen), holds });
    this.#tell(`${holds ? '✓' : '✗'} ${what}: ${seen} (foreseen: ${expected})`);
  }

  keep(name: string, text: string): void {
    this.files.set(name, text);
  }

  get holds(): boolean {
    return this.findings.length > 0 && this.findings.every(({ holds }) => holds);
  }
}
