import { useState } from 'preact/hooks';
import { paths, type Session } from '../../wire/paths.ts';
import type { Door } from '../live/door.ts';
import { Note } from './mark.tsx';

/** One signs in with a Kubernetes token; what one sees and may do is what that token may. */
export function SignIn(props: {
  readonly door: Door;
  readonly ended: boolean;
  readonly signedIn: (session: Session) => void;
}) {
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const token = String(new FormData(form).get('token') ?? '').trim();
    if (token === '') return setFailure('Paste a token first.');
    setBusy(true);
    const sent = await props.door.send<Session>('POST', paths.session, { token });
    const answer = sent.ok ? await props.door.get<Session>(paths.session) : sent;
    setBusy(false);
    if (!answer.ok) return setFailure(answer.message);
    form.reset();
    props.signedIn(answer.value);
  };
  return (
    <main id="main" class="sign-in" tabIndex={-1}>
      <form onSubmit={submit}>
        <h1>Sign in</h1>
        {props.ended && (
          <Note tone="warning">
            Your session has ended. Sign in and you are back where you were.
          </Note>
        )}
        <label for="token">Kubernetes token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="token-help"
          aria-invalid={failure !== null}
        />
        {failure !== null && (
          <div role="alert">
            <Note tone="critical">{failure}</Note>
          </div>
        )}
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <div id="token-help" class="help">
          <p>You see and do what this token may, nothing more. It is kept sealed in a cookie.</p>
          <p>To get one for an hour:</p>
          <code>kubectl create token NAME -n NAMESPACE --duration 1h</code>
        </div>
      </form>
    </main>
  );
}
