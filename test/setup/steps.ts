const BEAT_TTY_MS = 1_000;
const BEAT_LOG_MS = 30_000;
const QUIET_MS = 1_500; // a step that ends sooner gets one line, not two
const NOTE_COLUMNS = 90;

/** Tells a step's reader what is going on inside it; only the latest word is kept. */
export type Progress = (note: string) => void;

/** Prints numbered steps with elapsed times, and signs of life while a long one runs. */
export class Steps {
  #number = 0;
  readonly #out: NodeJS.WriteStream;
  readonly #startedAt = performance.now();

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  /** Runs one step. A failing step says so and the error goes on to the caller. */
  async step<T>(title: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const label = `${String(++this.#number).padStart(3)}  ${title}`;
    const startedAt = performance.now();
    let note = '';
    let announced = false;
    const beat = (): void => {
      const line = `${note === '' ? '' : ` ${note.slice(0, NOTE_COLUMNS)}`}`;
      if (this.#out.isTTY) this.#out.write(`\r\x1b[2K${label} … ${elapsed(startedAt)}${line}`);
      else this.#out.write(`       ${elapsed(startedAt)}${line}\n`);
    };
    const announce = setTimeout(() => {
      announced = true;
      if (!this.#out.isTTY) this.#out.write(`${label} …\n`);
    }, QUIET_MS);
    const beats = setInterval(beat, this.#out.isTTY ? BEAT_TTY_MS : BEAT_LOG_MS);
    const end = (word: string): void => {
      clearTimeout(announce);
      clearInterval(beats);
      if (this.#out.isTTY) this.#out.write('\r\x1b[2K');
      const again = announced && !this.#out.isTTY ? `     ${title}` : label;
      this.#out.write(`${again}  ${word} ${elapsed(startedAt)}\n`);
    };
    try {
      const result = await work((said) => {
        note = said;
      });
      end('ok');
      return result;
    } catch (error) {
      end('FAILED');
      throw error;
    }
  }

  /** A line between steps. */
  say(line: string): void {
    this.#out.write(`     ${line}\n`);
  }

  /** Time since the list began, as printed. */
  total(): string {
    return elapsed(this.#startedAt);
  }
}

/** `4.2 s`, `3 min 07 s`: the time since a `performance.now()` reading. */
export function elapsed(since: number): string {
  return duration(performance.now() - since);
}

/** Milliseconds as people read them. */
export function duration(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
