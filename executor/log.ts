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

/**
 * JSON lines with secrets removed, by field name and by shape. Nobody logs headers or credentials;
 * this is the second lock.
 */
export function executorLog(
  fields: Readonly<Record<string, string>>,
  sink: LogSink = pino.destination({ sync: true }),
): Log {
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
  return pino(options, { write: (line: string) => sink.write(loggable(line)) });
}
