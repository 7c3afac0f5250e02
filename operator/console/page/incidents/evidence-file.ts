/** How a file of a pack is shown; never as HTML. */
export type Shown = 'markdown' | 'image' | 'text' | 'download';

const TEXT = /\.(txt|json|jsonl|prom|ya?ml|log|csv|md)$/i;
const IMAGES: Readonly<Record<string, string>> = {
  svg: 'image/svg+xml',
  png: 'image/png',
};

export function shownAs(name: string): Shown {
  if (/\.md$/i.test(name)) return 'markdown';
  if (imageType(name) !== undefined) return 'image';
  return TEXT.test(name) ? 'text' : 'download';
}

/** The media type of an image we show. In an `<img>` an SVG runs no script and loads nothing. */
export const imageType = (name: string): string | undefined =>
  IMAGES[name.slice(name.lastIndexOf('.') + 1).toLowerCase()];

/** More than this of a text is not drawn: the browser would stand still. */
export const TEXT_MAX = 400_000;

/** The file to open first: the one written for people. */
export const firstFile = (files: readonly { readonly name: string }[]): string | null =>
  (files.find(({ name }) => name === 'README.md') ?? files[0])?.name ?? null;

/** JSON with line breaks; whatever is none stays as it is. */
export function readable(name: string, text: string): string {
  if (!name.endsWith('.json')) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
