/** What replaces a secret. The name before it stays, so a reader sees what was taken out. */
export const REDACTED = '[redacted]';

interface Rule {
  readonly pattern: RegExp;
  readonly replacement: string;
}

const CREDENTIAL_NAMES = [
  'x[-_]?pck',
  '(?:x[-_]?)?signature',
  '(?:proxy-)?authorization',
  'api[-_]?(?:key|secret)',
  'public[-_]?key',
  'private[-_]?key',
  'secret(?:[-_]?key)?',
  'client[-_]?secret',
  'passw(?:or)?d',
  'passphrase',
  '(?:access|refresh|id|bearer|auth)?[-_]?token',
].join('|');

const NAME = `(?:${CREDENTIAL_NAMES})`;
/** JSON inside JSON escapes quotes and line ends, once a level. Bounded: a log may be hostile. */
const QUOTE = '\\\\{0,16}(?:"|\'{1,2})'; // YAML doubles it
const ESCAPED_END = '\\\\{1,16}n';
const LINE_END = `(?:\\n|${ESCAPED_END})`;
const SPACE = `(?:\\s|${ESCAPED_END}){0,64}`;
const BLANK = '[ \\t]{0,64}';
const VALUE = '[^\\s"\',;&\\]}\\\\]+';
const DONE = '\\[redacted\\]';

/** `name: value`, `name=value`, `name: [value`; $1 is all but the value, in each of these. */
const PLAIN = new RegExp(
  `(${NAME}(?:${QUOTE})?${BLANK}[:=](?!${BLANK}${DONE})${BLANK}\\[?${BLANK})(?:(?:Bearer|Basic)[ \\t]+)?(?!\\[)${VALUE}`,
  'gi',
);

/** A lease's report names its Secret: with its key twice in use that is what a reader looks for. */
const SECRET_NAME =
  '(?<="secret": ?")(?-i:[a-z0-9][-a-z0-9.]{0,252}"\\s{0,64},\\s{0,64}"holder": ?(?:true|false)\\b)';

/** `"name": "value"`, `name='value'`, `\"name\":[\"value\"]` and raw headers: `"name", "value"`. */
const QUOTED = new RegExp(
  `(${NAME}(?:${QUOTE}${SPACE}[:=,]|${BLANK}[:=])${SPACE}\\[?${SPACE}(${QUOTE}))(?!${DONE}|value\\\\{0,16}["']|${SECRET_NAME})(?:(?!\\2)[^\\n]|(?<=\\\\)["'])+`,
  'gi',
);

/** Cookies are several values in one. */
const COOKIE = new RegExp(
  `((?:set-)?cookie(?:${QUOTE})?${BLANK}[:=]${BLANK}\\[?${BLANK}(?:${QUOTE})?)[^\\n"\\\\]+`,
  'gi',
);

/** YAML's `name: |` and `name: >-`: the value is every deeper line that follows. */
const BLOCK = new RegExp(
  `((?:^|${ESCAPED_END}|["'])(${BLANK})(?:- )?["']?[\\w.-]*${NAME}["']?:${BLANK})[|>][-+\\d]*${BLANK}(?:${LINE_END}\\2[ \\t]+(?:(?!${ESCAPED_END})[^\\n])*|${LINE_END}(?=${LINE_END}))+`,
  'gim',
);

/** `name: API_KEY, value: …`, as containers' environments and recorded requests have it. */
const PAIR = new RegExp(
  `(name(?:${QUOTE})?${SPACE}[:=]${SPACE}(?:${QUOTE})?[\\w.-]*${NAME}(?:${QUOTE})?${SPACE},?${SPACE}(?:${QUOTE})?value(?:${QUOTE})?${SPACE}[:=]${SPACE}(?:${QUOTE})?)${VALUE}`,
  'gi',
);

/**
 * In this order: whole blocks first, then values by their names, then values by their looks. Rather
 * a harmless word too many than one key: evidence leaves the cluster.
 */
const RULES: readonly Rule[] = [
  {
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    replacement: REDACTED,
  },
  { pattern: BLOCK, replacement: `$1${REDACTED}` },
  { pattern: COOKIE, replacement: `$1${REDACTED}` },
  { pattern: PAIR, replacement: `$1${REDACTED}` },
  { pattern: QUOTED, replacement: `$1${REDACTED}` },
  { pattern: PLAIN, replacement: `$1${REDACTED}` },
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
  // Inside their segments, paths, names and timestamps change kind seldom; base64 every other sign.
  const kinds = [...text].map(kindOf);
  const changes = kinds.filter((kind, i) => {
    const before = kinds[i - 1] ?? 'other';
    return kind !== 'other' && before !== 'other' && kind !== before;
  });
  return changes.length >= text.length / 4;
}

function kindOf(sign: string): 'upper' | 'lower' | 'digit' | 'other' {
  if (/[A-Z]/.test(sign)) return 'upper';
  if (/[a-z]/.test(sign)) return 'lower';
  return /[0-9]/.test(sign) ? 'digit' : 'other';
}
