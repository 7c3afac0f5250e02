/** What is read of S3's answers, which are small and flat enough for patterns. */

export interface Listed {
  readonly key: string;
  readonly bytes: number;
}

export interface Page {
  readonly objects: readonly Listed[];
  /** Of the next page; undefined: this is the last. */
  readonly next: string | undefined;
}

const OBJECT = /<Contents>([\s\S]*?)<\/Contents>/g;

/** One page of ListObjectsV2. */
export function pageOf(xml: string): Page {
  const objects = [...xml.matchAll(OBJECT)].map(([, one = '']) => ({
    key: textIn('Key', one) ?? '',
    bytes: Number(textIn('Size', one) ?? 0),
  }));
  const isWhole = textIn('IsTruncated', xml) !== 'true';
  return { objects, next: isWhole ? undefined : textIn('NextContinuationToken', xml) };
}

/** The text of the first element of a name. */
export function textIn(name: string, xml: string): string | undefined {
  const [, escaped] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  return escaped?.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w{2,4});/gi, unescaped);
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" },
};

function unescaped(whole: string, entity: string): string {
  if (!entity.startsWith('#')) return ENTITIES[entity] ?? whole;
  const hex = /^#x/i.test(entity);
  const code = Number.parseInt(entity.slice(hex ? 2 : 1), hex ? 16 : 10);
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
}
