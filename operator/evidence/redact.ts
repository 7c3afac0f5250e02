/** What replaces a secret. The name before it stays, so a reader sees what was taken out. */
export const REDACTED = '[redacted]';

interface Rule {
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** `name: value`, `"name": "value"`, `name=value`, `\"name\":[\"value\"]`; $1 is all but the value. */
const named = (names: string, value: string): RegExp =>
  new RegExp(
    `((?:${names})\\\\?["']?[ \\t]*[:=][ \\t]*\\[?[ \\t]*\\\\?["']?)(?:(?:Bearer|Basic)[ \\t]+)?${value}`,
    'gi',
  );

const VALUE = '[^\\s"\',;&\\]}\\\\]+';
/** Cookies are several values in one. */
const REST_OF_LINE = '[^\\n"\\\\]+';

const CREDENTIAL_NAMES = [
  'x-pck',
  'x-signature',
  'x-api-key',
  '(?:proxy-)?authorization',
  'api[-_]?(?:key|secret)',
  'public[-_]?key',
  'private[-_]?key',
  'secret(?:[-_]?key)?',
  'client[-_]?secret',
  'passw(?:or)?d',
  '(?:access|refresh|id|bearer|auth)?[-_]?token',
].join('|');

/**
 * In this order: whole blocks first, then values by their names, then values by their looks. Rather
 * a harmless word too many than one key: evidence leaves the cluster.
 */
const RULES: readonly Rule[] = [
  {
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    replacement: REDACTED,
  },
  { pattern: named('(?:set-)?cookie', REST_OF_LINE), replacement: `$1${REDACTED}` },
  { pattern: named(CREDENTIAL_NAMES, VALUE), replacement: `$1${REDACTED}` },
  { pattern: /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, replacement: `$1 ${REDACTED}` },
  { pattern: /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, replacement: REDACTED },
  { pattern: /(:\/\/[^\s/:@]+:)[^\s/@]+@/g, replacement: `$1${REDACTED}@` },
];

/** Base64 of 24 bytes and more. Hex digests and plain words are not: see looksRandom. */
const BASE64 = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,}={0,2}(?![A-Za-z0-9+/_=-])/g;

export interface Redacted {
  readonly text: string;
  readonly count: number;
}

/** The text without anything that looks like a credential, and how much was taken out. */
export function redact(text: string): Redacted {
  let count = 0;
  let clean = text;
  for (const { pattern, replacement } of RULES) {
    clean = clean.replace(pattern, (match, ...groups) => {
      const kept = filled(replacement, groups);
      if (kept !== match) count++;
      return kept;
    });
  }
  clean = clean.replace(BASE64, (match) => {
    if (!looksRandom(match)) return match;
    count++;
    return REDACTED;
  });
  return { text: clean, count };
}

const filled = (replacement: string, groups: readonly unknown[]): string =>
  replacement.replace('$1', typeof groups[0] === 'string' ? groups[0] : '');

/** Upper, lower and digits mixed without the rhythm of words: paths, names and hex have none of it. */
function looksRandom(text: string): boolean {
  if (/^[0-9a-f-]+$/i.test(text)) return false; // digests, commits, UUIDs: named ones are caught above
  if (!/[A-Z]/.test(text) || !/[a-z]/.test(text) || !/[0-9]/.test(text)) return false;
  // Paths and timestamps are a fifth punctuation, base64 a thirtieth.
  const signs = [...text].filter((sign) => kindOf(sign) === 'other').length;
  if (signs > text.length * 0.15) return false;
  const changes = [...text].filter(
    (sign, i) => kindOf(sign) !== kindOf(text[i - 1] ?? sign),
  ).length;
  return changes >= text.length / 4;
}

function kindOf(sign: string): 'upper' | 'lower' | 'digit' | 'other' {
  if (/[A-Z]/.test(sign)) return 'upper';
  if (/[a-z]/.test(sign)) return 'lower';
  return /[0-9]/.test(sign) ? 'digit' : 'other';
}
