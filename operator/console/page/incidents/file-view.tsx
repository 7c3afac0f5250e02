import { useEffect, useState } from 'preact/hooks';
import type { EvidencePack } from '../../wire/incident.ts';
import type { Failure } from '../live/door.ts';
import { useDesk } from '../shell/desk.ts';
import { Failed, Loading } from '../shell/states.tsx';
import { bytes } from '../words/numbers.ts';
import { imageType, readable, shownAs, TEXT_MAX } from './evidence-file.ts';
import { type Block, blocksOf, spansOf } from './markdown.ts';

type File = EvidencePack['files'][number];
type Content =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly url: string }
  | { readonly kind: 'download' };

export function FileView({ base, file }: { readonly base: string; readonly file: File }) {
  const content = useContent(`${base}/${encodeURIComponent(file.name)}`, file);
  return (
    <article class="file" aria-label={file.name}>
      <header>
        <b>{file.name}</b> <span class="dim number">{bytes(file.bytes)}</span>
        <span class="grow" />
        <a href={`${base}/${encodeURIComponent(file.name)}`} download={file.name}>
          Download
        </a>
      </header>
      <Shown content={content} file={file} />
    </article>
  );
}

function useContent(path: string, file: File): Content {
  const { door } = useDesk();
  const [content, setContent] = useState<Content>({ kind: 'loading' });
  useEffect(() => {
    let gone = false;
    const read = async (): Promise<Content> => {
      const shown = shownAs(file.name);
      if (shown === 'download') return { kind: 'download' };
      const answer = await door.file(path);
      if (!answer.ok) return { kind: 'failed', failure: answer };
      if (shown === 'image') return { kind: 'image', url: await dataUrl(answer.value, file.name) };
      return { kind: 'text', text: await answer.value.text() };
    };
    read().then((next) => gone || setContent(next));
    return () => {
      gone = true;
    };
  }, [path, file.name, door]);
  return content;
}

/** With the media type that the name says, whatever the server called it. */
function dataUrl(blob: Blob, name: string): Promise<string> {
  const typed = new Blob([blob], { type: imageType(name) ?? 'application/octet-stream' });
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(typed);
  });
}

function Shown({ content, file }: { readonly content: Content; readonly file: File }) {
  switch (content.kind) {
    case 'loading':
      return <Loading what={file.name} lines={8} />;
    case 'failed':
      return <Failed what={file.name} failure={content.failure} />;
    case 'image':
      return <img src={content.url} alt={`${file.name} of the pack`} />;
    case 'download':
      return <p class="dim">This kind of file is not shown here. Download it.</p>;
    case 'text':
      return shownAs(file.name) === 'markdown' ? (
        <div class="markdown">
          {blocksOf(content.text).map((block, index) => (
            <BlockView key={`${index} ${block.kind}`} block={block} />
          ))}
        </div>
      ) : (
        <Text text={readable(file.name, content.text)} name={file.name} />
      );
  }
}

const Text = ({ text, name }: { readonly text: string; readonly name: string }) => (
  <>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keyboard, too */}
    <section class="text" tabIndex={0} aria-label={`Text of ${name}`}>
      <pre>{text.slice(0, TEXT_MAX)}</pre>
    </section>
    {text.length > TEXT_MAX && <p class="dim">Cut here: download it to read the rest.</p>}
  </>
);

const Line = ({ text }: { readonly text: string }) => (
  <>
    {spansOf(text).map((span, index) => {
      const key = `${index}`;
      if (span.kind === 'code') return <code key={key}>{span.text}</code>;
      if (span.kind === 'strong') return <strong key={key}>{span.text}</strong>;
      return <span key={key}>{span.text}</span>;
    })}
  </>
);

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'heading':
      return block.level === 1 ? <h3>{block.text}</h3> : <h4>{block.text}</h4>;
    case 'paragraph':
      return (
        <p>
          <Line text={block.text} />
        </p>
      );
    case 'code':
      return <pre>{block.text}</pre>;
    case 'list':
      return (
        <ul>
          {block.items.map((item, index) => (
            <li key={`${index}`}>
              <Line text={item} />
            </li>
          ))}
        </ul>
      );
    case 'table':
      return <TableView {...block} />;
  }
}

const TableView = ({ head, rows }: Extract<Block, { kind: 'table' }>) => (
  <div class="scroll">
    <table class="plain">
      <thead>
        <tr>
          {head.map((cell, index) => (
            <th key={`${index}`} scope="col">
              <Line text={cell} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={`${at}`}>
            {row.map((cell, index) => (
              <td key={`${index}`}>
                <Line text={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
