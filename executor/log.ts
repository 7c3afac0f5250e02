import { type Logger, pino, stdTimeFunctions } from 'pino';
import { loggable, REMOVED } from './redact.ts';

export type Log = Logger;

/** Fields that could carry a secret, wherever they are nested one deep. */
const SECRET_FIELDS = [
  'authorization',
  'privateKey',
  'publicKey',
  'token',
  'X-PCK',
  'X-Signature',
  'x-pck',
  'x-signature',
];

export interface LogSink {
  write(line: string): void;
}

/** Kept for a reader that does not read; what comes then is lost, and counted. */
const HELD_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Standard output, or a file, written by another thread: who does not read the log holds up neither an
 * order nor the kill. A process that ends writes what is left first. `onLost` hears how many lines
 * were lost, once there is room again.
 */
export function logOutput(
  dest: string | 1 = 1,
  onLost: (lines: number) => void = () => undefined,
): LogSink {
  const output = pino.destination({ dest, sync: false, maxLength: HELD_BYTES_MAX });
  let lost = 0;
  output.on('drop', () => {
    lost += 1;
  });
  output.on('drain', () => {
    const lines = lost;
    lost = 0;
    if (lines > 0) onLost(lines);
  });
  return output;
}

/**
 * JSON lines with secrets removed, by field name and by shape. Nobody logs headers or credentials;
 * this is the second lock.
 */
export function executorLog(fields: Readonly<Record<string, string>>, to?: LogSink): Log {
  const sink = to ?? logOutput(1, (lines) => log.warn({ lines }, 'log lines were lost'));
  const options = {
    base: fields,
    timestamp: stdTimeFunctions.isoTime,
    redact: {
      paths: SECRET_FIELDS.flatMap((name) => [
        `["${name}"]`,
        `*["${name}"]`,
        `*.headers["${name}"]`,
      ]),
      censor: REMOVED,
    },
  };
  const log: Log = pino(options, { write: (line: string) => sink.write(loggable(line)) });
  return log;
}
