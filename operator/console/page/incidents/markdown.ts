/**
 * As much of Markdown as the packs' README.md uses. Text stays text: a block carries strings, which
 * are drawn as text nodes, so whatever a name or message contains, nothing of it becomes markup.
 */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'code'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

export function blocksOf(markdown: string): readonly Block[] {
  const lines = markdown.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  let at = 0;
  const take = (wanted: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && wanted(lines[at] ?? '')) at++;
    return lines.slice(from, at);
  };
  // its number stays in the text: what is between two items does not begin a new count
  const numbered = (): string =>
    [lines[at++] ?? '', ...take((one) => isProse(one) && !isIndented(one))]
      .map((one) => one.trim())
      .join(' ');
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (line.trim() === '') at++;
    else if (line.startsWith('```')) {
      at++;
      blocks.push({ kind: 'code', text: take((one) => !one.startsWith('```')).join('\n') });
      at++;
    } else if (heading !== null) {
      at++;
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
    } else if (isIndented(line)) {
      const text = take(isIndented).map((one) => one.trim());
      blocks.push({ kind: 'code', text: text.join('\n') });
    } else if (isTable(line)) blocks.push(table(take(isTable)));
    else if (isNumbered(line)) blocks.push({ kind: 'paragraph', text: numbered() });
    else if (isItem(line)) blocks.push({ kind: 'list', items: items(take(isItemOrRest)) });
    else blocks.push({ kind: 'paragraph', text: take(isProse).join(' ') });
  }
  return blocks;
}

const isTable = (line: string): boolean => /^\s*\|/.test(line);
const isIndented = (line: string): boolean => /^ {4,}\S/.test(line);
const isNumbered = (line: string): boolean => /^\d+\.\s+/.test(line);
const isItem = (line: string): boolean => /^\s*[-*]\s+/.test(line);
const isItemOrRest = (line: string): boolean => isItem(line) || /^\s+\S/.test(line);
const isProse = (line: string): boolean =>
  line.trim() !== '' &&
  !isTable(line) &&
  !isItem(line) &&
  !isNumbered(line) &&
  !/^(#{1,6}\s|```)/.test(line);

function items(lines: readonly string[]): readonly string[] {
  const all: string[] = [];
  for (const line of lines) {
    if (isItem(line)) all.push(line.replace(/^\s*[-*]\s+/, ''));
    else all.push(`${all.pop() ?? ''} ${line.trim()}`);
  }
  return all;
}

function table(lines: readonly string[]): Block {
  const rows = lines
    .filter((line) => !/^\s*\|[\s:|-]+\|\s*$/.test(line))
    .map((line) =>
      line
        .trim()
        .replace(/^\||\|$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
  const [head = [], ...rest] = rows;
  return { kind: 'table', head, rows: rest };
}

export interface Span {
  readonly kind: 'text' | 'code' | 'strong';
  readonly text: string;
}

/** `code` and **strong** in a line; a link keeps its words and its address as text. */
export function spansOf(text: string): readonly Span[] {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).flatMap((part): Span[] => {
    if (part === '') return [];
    if (/^`.+`$/.test(part)) return [{ kind: 'code', text: part.slice(1, -1) }];
    if (/^\*\*.+\*\*$/.test(part)) return [{ kind: 'strong', text: part.slice(2, -2) }];
    return [{ kind: 'text', text: part.replaceAll(/!?\[([^\]]+)\]\(([^)]+)\)/g, '$1 ($2)') }];
  });
}
