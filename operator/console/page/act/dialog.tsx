import { useEffect, useRef, useState } from 'preact/hooks';
import type { ActionRequest, ActionResult } from '../../wire/action.ts';
import { paths } from '../../wire/paths.ts';
import type { Answer } from '../live/door.ts';
import { pathTo } from '../route.ts';
import { type Desk, useDesk } from '../shell/desk.ts';
import { Mark, Note } from '../shell/mark.tsx';
import { counted } from '../words/numbers.ts';
import {
  type Act,
  type Asked,
  asked,
  loosens,
  missing,
  nameOf,
  type Target,
  WHY_MAX,
} from './actions.ts';

interface Opened {
  readonly act: Act;
  readonly target: Target;
  readonly close: () => void;
}

const reasons: Partial<Record<Act, readonly string[]>> = {
  kill: ['Wrong orders', 'Losing money', 'Venue in trouble', 'Drill'],
  stepDown: ['Unusual market', 'Latency', 'Maintenance'],
};

/** Asks once more, names the target throughout, and shows what became of each. */
export function ActDialog({ act, target, close }: Opened) {
  const dialog = useRef<HTMLDialogElement>(null);
  const words = asked(act, target);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  if (words === undefined) return null;
  return (
    <dialog
      ref={dialog}
      aria-labelledby="act-title"
      onClose={close}
      class={loosens(act) ? 'loosens' : 'tightens'}
    >
      <header>
        <h2 id="act-title">{words.title}</h2>
        <TargetLine target={target} />
      </header>
      <Form {...{ act, target, words }} close={() => dialog.current?.close()} />
    </dialog>
  );
}

const TargetLine = ({ target }: { readonly target: Target }) => (
  <p class="target">
    {target.kind} <b>{nameOf(target)}</b>
    {target.kind !== 'namespace' && (
      <>
        {' '}
        in <b>{target.namespace}</b>
      </>
    )}
    {target.kind === 'executor' && <small> uid {target.uid}</small>}
  </p>
);

interface Parts extends Opened {
  readonly words: Asked;
}

function Form({ act, target, words, close }: Parts) {
  const desk = useDesk();
  const [why, setWhy] = useState('');
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<ActionResult | null>(null);
  if (result !== null) return <Result result={result} close={close} />;
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const lack = missing(act, target, why, typed);
    setFault(lack);
    if (lack !== null || busy) return;
    setBusy(true);
    const answer = await send(desk, { act, target, why, typed });
    setBusy(false);
    if (!answer.ok) return setFault(answer.message);
    setResult(answer.value);
    desk.say(resultWords(answer.value));
  };
  return (
    <form onSubmit={submit} noValidate>
      <ul class="effects">
        {words.effects.map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
      <Why act={act} why={why} set={setWhy} />
      {loosens(act) && <TypedName name={nameOf(target)} typed={typed} set={setTyped} />}
      <div role="alert">{fault !== null && <Note tone="critical">{fault}</Note>}</div>
      <footer>
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" class={loosens(act) ? 'primary' : 'danger solid'} disabled={busy}>
          {busy ? 'Sending…' : words.title}
        </button>
      </footer>
    </form>
  );
}

function Why(props: {
  readonly act: Act;
  readonly why: string;
  readonly set: (why: string) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <div class="field">
      <label for="act-why">
        Why{loosens(props.act) ? '?' : ', if there is time for it?'} It is recorded with your name
        and the time.
      </label>
      <input
        ref={field}
        id="act-why"
        autocomplete="off"
        maxLength={WHY_MAX}
        value={props.why}
        onInput={(event) => props.set(event.currentTarget.value)}
      />
      <div class="reasons">
        {(reasons[props.act] ?? []).map((reason) => (
          <button key={reason} type="button" onClick={() => props.set(reason)}>
            {reason}
          </button>
        ))}
      </div>
    </div>
  );
}

/** What loosens safety is not done by habit. */
const TypedName = (props: {
  readonly name: string;
  readonly typed: string;
  readonly set: (typed: string) => void;
}) => (
  <div class="field">
    <label for="act-typed">
      Type <code>{props.name}</code> to confirm
    </label>
    <input
      id="act-typed"
      autocomplete="off"
      spellcheck={false}
      value={props.typed}
      onInput={(event) => props.set(event.currentTarget.value)}
      onPaste={(event) => event.preventDefault()}
    />
  </div>
);

function send(
  desk: Desk,
  { act, target, why, typed }: { act: Act; target: Target; why: string; typed: string },
): Promise<Answer<ActionResult>> {
  const request: ActionRequest = {
    why: why.trim(),
    ...(act === 'acknowledge' ? {} : { action: act }),
    ...(loosens(act) ? { typedName: typed } : {}),
    ...(target.kind === 'executor' ? { uid: target.uid } : {}),
  };
  const { namespace } = target;
  if (target.kind === 'namespace') {
    return desk.door.send('POST', pathTo(paths.actNamespace, { namespace }), request);
  }
  const path = target.kind === 'incident' ? paths.acknowledge : paths.act;
  return desk.door.send('POST', pathTo(path, { namespace, name: target.name }), request);
}

function resultWords({ targets }: ActionResult): string {
  const done = targets.filter((one) => one.done).length;
  if (done === targets.length) return `Done: ${counted(done, 'target')}.`;
  return `${done} of ${counted(targets.length, 'target')} done, ${targets.length - done} failed.`;
}

/** Failures first: of a hundred, the one that did not stop is the one to see. */
function Result({ result, close }: { readonly result: ActionResult; readonly close: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const targets = result.targets.toSorted((a, b) => Number(a.done) - Number(b.done));
  return (
    <div class="result">
      <p>
        <strong>{resultWords(result)}</strong>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long list is scrolled by keyboard, too */}
      <ul tabIndex={0} aria-label="Results">
        {targets.map((one) => (
          <li key={`${one.namespace}/${one.name}`}>
            <Mark tone={one.done ? 'good' : 'critical'}>{one.done ? 'Done' : 'Failed'}</Mark>
            <span>
              <b>{one.name}</b> <span class="dim">{one.namespace}</span>
              <small>{one.message}</small>
            </span>
          </li>
        ))}
      </ul>
      <footer>
        <button ref={button} type="button" class="primary" onClick={close}>
          Close
        </button>
      </footer>
    </div>
  );
}
