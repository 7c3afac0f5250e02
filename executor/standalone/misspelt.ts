/** The card's variables: one that is misspelt would leave its limit at the default, without a word. */
const CARD = [
  'TRADING_MODE',
  'KILL_SWITCH',
  'MAX_OPM',
  'MAX_NOTIONAL_TRY_S',
  'WHITELIST',
  'CLOCK_DRIFT_MS',
] as const;

/** Names of this beginning are all ours: one that is wrong would send orders to the real venue. */
const OURS = 'VENUE_';

const SLIPS_MAX = 2;
/** Fewer letters are the beginning of many a foreign name. */
const BEGINNING_MIN = 8;

/** Names that are almost one of the card's, or of no variable of ours though they look it. */
export function misspelt(names: readonly string[], known: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (name.startsWith(OURS) && !known.includes(name)) {
      const ours = known.filter((one) => one.startsWith(OURS)).join(' and ');
      return [`${name}: is not a variable of ours; ${ours} are`];
    }
    const meant = CARD.find((ours) => isAlmost(name, ours));
    return meant === undefined ? [] : [`${name}: is not a variable of ours; ${meant} was meant?`];
  });
}

function isAlmost(name: string, ours: string): boolean {
  if (name === ours || name.length < 4) return false;
  const [a, b] = [letters(name), letters(ours)];
  const isBeginning = a.length >= BEGINNING_MIN && (a.startsWith(b) || b.startsWith(a));
  return isBeginning || slips(a, b) <= SLIPS_MAX;
}

const letters = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z]/g, '');

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function slips(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...a].entries()) {
    const line = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const change = (above[column] ?? 0) + Number(letter !== other);
      line.push(Math.min(change, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
