import type { EvidencePack, IncidentView } from '../../wire/incident.ts';
import { paths } from '../../wire/paths.ts';
import { hashOf, pathTo } from '../route.ts';
import { useAsked } from '../shell/desk.ts';
import { Mark } from '../shell/mark.tsx';
import { Empty, Failed, Loading, Panel } from '../shell/states.tsx';
import { bytes } from '../words/numbers.ts';
import { firstFile } from './evidence-file.ts';
import { FileView } from './file-view.tsx';

const EVERY_MS = 30_000;

interface Shown {
  readonly view: IncidentView;
  readonly file: string | null;
}

/** The pack, to read here and to take away. */
export const EvidencePanel = (props: Shown) => {
  const { namespace, name, pack, evidenceWhy } = props.view;
  const base = pathTo(paths.evidence, { namespace, name });
  const download =
    pack === null ? undefined : (
      <a class="button" href={`${base}/pack.tar.gz`} download>
        Download all
      </a>
    );
  return (
    <Panel id="evidence" title="Evidence" wide aside={download}>
      {pack === null ? (
        <Empty title="There is no pack.">
          <p>{evidenceWhy ?? 'It is collected from the moment of the rollback on.'}</p>
        </Empty>
      ) : (
        <Pack {...props} base={base} />
      )}
    </Panel>
  );
};

function Pack({ view, file, base }: Shown & { readonly base: string }) {
  const asked = useAsked<EvidencePack>(base, EVERY_MS);
  const { value, failure } = asked;
  if (value === null) {
    if (failure === null) return <Loading what="evidence" lines={6} />;
    return <Failed what="evidence" failure={failure} again={asked.again} />;
  }
  const chosen = file ?? firstFile(value.files);
  const entry = value.files.find(({ name }) => name === chosen);
  return (
    <div class="evidence">
      <div>
        <Mark tone={value.complete ? 'good' : 'warning'}>
          {value.complete ? 'Complete' : 'Not complete'}
        </Mark>
        <ul class="files">
          {value.files.map((one) => (
            <li key={one.name}>
              <a
                href={hashOf({ page: 'incident', ...view, file: one.name })}
                title={`SHA-256 ${one.sha256}`}
                {...(one.name === chosen ? { 'aria-current': 'true' as const } : {})}
              >
                <span>{one.name}</span>
                <span class="dim number">{bytes(one.bytes)}</span>
              </a>
            </li>
          ))}
        </ul>
        {value.missing.length > 0 && (
          <>
            <h3>Not had</h3>
            <ul class="missing">
              {value.missing.map((one) => (
                <li key={one.name}>
                  <b>{one.name}</b> {one.why}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
      {entry === undefined ? (
        <Empty title="There is no such file in the pack." />
      ) : (
        <FileView key={entry.sha256} base={base} file={entry} />
      )}
    </div>
  );
}
