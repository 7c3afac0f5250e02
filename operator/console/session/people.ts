import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Clock, EpochMs } from '../../../crds/clock.ts';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { EXECUTORS, type ExecutorKey, GROUP, INCIDENTS } from '../../../crds/names.ts';
import { isAllowed, type Reader, readerOf } from '../../http/reader.ts';
import { Refusal } from '../../http/refusal.ts';
import { Remembered } from '../remembered.ts';
import type { SessionKeys } from './keys.ts';
import { open, type Sealed, seal } from './seal.ts';

/** Somebody who has signed in, as the API server knows them now. */
export interface Person extends Sealed {
  readonly reader: Reader;
}

export interface PeopleOptions {
  /** The operator's own: it asks who a token is and what its owner may. */
  readonly connection: KubeConnection;
  readonly keys: SessionKeys;
  readonly clock: Clock;
  /** 128 random bits in hex. */
  readonly newId: () => string;
}

/** A desk's day; whoever shows a token that ends sooner is out sooner. */
const SESSION_MS_MAX = 8 * 3_600_000;
/** With CHECK_MS of a stream: a right that was taken away, or a token, ends within a minute. */
const TRUSTED_MS = 50_000;
const SESSIONS_MAX = 1_024;
/** Of all people, one for each right and namespace. */
const RIGHTS_MAX = 65_536;
/** Browsers keep cookies of 4,096 bytes; sealed, a token is a third longer. */
const TOKEN_LENGTH_MAX = 2_700;

/** Who signs in, and what they may: asked of the API server, believed for a minute. */
export class People {
  readonly #options: PeopleOptions;
  readonly #readers: Remembered<Reader>;
  readonly #rights: Remembered<boolean>;

  constructor(options: PeopleOptions) {
    const { clock } = options;
    this.#options = options;
    this.#readers = new Remembered({ clock, forMs: TRUSTED_MS, max: SESSIONS_MAX });
    this.#rights = new Remembered({ clock, forMs: TRUSTED_MS, max: RIGHTS_MAX });
  }

  /** Refuses with 401 a token that the API server does not know, with 422 one that is too long. */
  async signIn(token: string): Promise<{ readonly person: Person; readonly cookie: string }> {
    const { connection, keys, clock, newId } = this.#options;
    if (token.length > TOKEN_LENGTH_MAX) {
      const why = `the token has ${token.length} characters, and a cookie holds ${TOKEN_LENGTH_MAX}`;
      throw new Refusal(422, 'TOKEN_TOO_LONG', `${why}; use one of a ServiceAccount`);
    }
    const reader = await readerOf(connection, `Bearer ${token}`);
    const last = clock.wall() + SESSION_MS_MAX;
    const expiresAt = Math.min(last, expiryOf(token) ?? last) as EpochMs;
    const person = { token, reader, username: reader.username, id: newId(), expiresAt };
    return { person, cookie: await seal(person, await keys.keys()) };
  }

  /** Whose cookie this is, as the API server knows them now. Refuses with 401. */
  async of(cookie: string | undefined): Promise<Person> {
    return this.again(await this.holder(cookie));
  }

  /**
   * Whom the cookie was made for; nobody is asked. For a write that carries their token, which the
   * API server judges by itself: a kill does not wait for a review first. Refuses with 401.
   */
  async holder(cookie: string | undefined): Promise<Sealed> {
    const { keys, clock } = this.#options;
    const sealed = cookie && (await open(cookie, await keys.keys(), clock.wall()));
    if (sealed) return sealed;
    throw new Refusal(401, 'SIGN_IN', 'sign in: there is no session, or it is over');
  }

  /** The same person as the API server knows them now. Refuses with 401 when it does not any more. */
  async again(sealed: Sealed): Promise<Person> {
    const { connection, clock } = this.#options;
    const isOver = clock.wall() >= sealed.expiresAt;
    if (isOver) throw new Refusal(401, 'SIGN_IN', 'sign in again: the session is over');
    const reader = await this.#readers.of(digestOf(sealed.token), () =>
      readerOf(connection, `Bearer ${sealed.token}`),
    );
    return { ...sealed, reader };
  }

  /** What they may do with TradingExecutors; without a name, with all of the namespace. */
  mayWithExecutors({ reader }: Person, verb: string, where: Partial<ExecutorKey>) {
    return this.#may(reader, { group: GROUP, resource: EXECUTORS, verb, ...where });
  }

  mayWithIncidents({ reader }: Person, verb: string, where: Partial<ExecutorKey>) {
    return this.#may(reader, { group: GROUP, resource: INCIDENTS, verb, ...where });
  }

  mayWatchEvents({ reader }: Person, namespace: string) {
    const all = ['list', 'watch'].map((verb) =>
      this.#may(reader, { group: '', resource: 'events', verb, namespace }),
    );
    return Promise.all(all).then((answers) => answers.every((may) => may));
  }

  #may(reader: Reader, attributes: Readonly<Record<string, string>>): Promise<boolean> {
    const { connection } = this.#options;
    // The whole reader: two tokens of one user may carry different groups.
    return this.#rights.of(digestOf(JSON.stringify([reader, attributes])), () =>
      isAllowed(connection, reader, { resourceAttributes: attributes }),
    );
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A token that is no JWT does not say when it ends; the API server will. */
function expiryOf(token: string): EpochMs | undefined {
  try {
    const { exp } = decodeJwt(token);
    return exp === undefined ? undefined : ((exp * 1_000) as EpochMs);
  } catch {
    return undefined;
  }
}
