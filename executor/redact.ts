export const REMOVED = '[removed]';
/** Anything shorter is no secret, and to remove it would spoil what it happens to occur in. */
const SECRET_LENGTH_MIN = 8;

/** `text` without any of the secrets, however JSON or a URL may have written them. */
export function without(secrets: readonly string[], text: string): string {
  return secrets.flatMap(spellings).reduce((left, one) => left.replaceAll(one, REMOVED), text);
}

function spellings(secret: string): readonly string[] {
  if (secret.length < SECRET_LENGTH_MIN) return [];
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inPhpJson = inJson.replaceAll('/', '\\/');
  return [...new Set([secret, inJson, inPhpJson, encodeURIComponent(secret)])];
}

/** What gives a secret away by its shape: bearer tokens, passwords in addresses, private keys. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic) [A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REMOVED}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@"]*):[^\s/"]+@/gi, `$1:${REMOVED}@`],
  [/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, REMOVED],
  // To the end of its JSON string, so that the line stays one.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*/g, REMOVED],
];

/** A line as it may be logged. */
export const loggable = (line: string): string =>
  SHAPES.reduce((left, [shape, instead]) => left.replace(shape, instead), line);
