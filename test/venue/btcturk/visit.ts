import type { ApiKey } from './authentication.ts';
import type { Ending, Ordered } from './faults.ts';
import type { Outcome, SeenRequest } from './ledger.ts';
import {
  forbidden,
  gatewayTimeout,
  type Reply,
  tooManyRequests,
  unauthorized,
  unavailable,
} from './replies.ts';
import type { Answer, Route } from './routes.ts';
import type { Venue } from './venue.ts';

/** One request, read to its end. */
export interface Visit {
  readonly route: Route;
  readonly seen: SeenRequest;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; undefined when it was none. */
  readonly body: unknown;
}

/** The way back to the client. */
export interface Line {
  /** False when the client is gone. */
  send(reply: Reply): boolean;
  hang(): void;
  reset(): void;
}

/** Routes whose quota is counted by account as well as by address. */
const countedByAccount = ['order.submit', 'order.cancel', 'order.get'];

const CUT_JSON = '{"httpStatusCode":200,"data":{"id":217707';

/** Serves one request: block, faults, limits, authentication, effect, answer. */
export async function attend(venue: Venue, visit: Visit, line: Line): Promise<void> {
  const { seen, route } = visit;
  if (venue.bans.isBanned(seen.address)) {
    record(venue, seen, turnAway(venue, line));
    return;
  }
  const { clientId, symbol } = seen;
  const ordered = venue.faults.take({ route: route.name, clientId, symbol, now: venue.now() });
  seen.faults = ordered.ids;
  const { ending } = ordered;
  if (ending !== undefined && !takesEffect(ending)) {
    await pause(venue, ordered.delayBeforeMs + ordered.delayAfterMs);
    return deliver(venue, visit, line, { ordered, reply: undefined });
  }
  const entry = admit(venue, visit, ordered.skewMs);
  await pause(venue, ordered.delayBeforeMs);
  if ('status' in entry)
    return deliver(venue, visit, line, { ordered: plain(ordered), reply: entry });
  if (ending?.kind === 'late-accept') {
    venue.timers.after(ending.afterMs, 'late', () => {
      perform(venue, visit, { key: entry.key, skewMs: ordered.skewMs, isLate: true });
    });
    return deliver(venue, visit, line, { ordered, reply: undefined });
  }
  const { reply } = perform(venue, visit, { ...entry, skewMs: ordered.skewMs, isLate: false });
  await pause(venue, ordered.delayAfterMs);
  deliver(venue, visit, line, { ordered, reply });
}

function takesEffect(ending: Ending): boolean {
  return ending.kind === 'late-accept' || ('accept' in ending && ending.accept);
}

/** A request refused at the door still shows code shifts, but no ending of an accepted one. */
function plain(ordered: Ordered): Ordered {
  return { ...ordered, ending: undefined };
}

function pause(venue: Venue, ms: number): Promise<void> {
  return new Promise((resume) => venue.timers.after(ms, 'delay', resume));
}

interface Entry {
  /** Absent on public routes. */
  readonly key: ApiKey | undefined;
}

/** Quota by address, then authentication and permission, then quota by account. */
function admit(venue: Venue, visit: Visit, skewMs: number): Entry | Reply {
  const { route, seen, headers } = visit;
  const quotas = venue.quotas(route.name);
  const ip = { route: route.name, policy: 'ip', name: seen.address } as const;
  const exceeded = venue.windows.admit(ip, quotas, venue.now());
  if (exceeded !== undefined) return tooManyRequests(exceeded);
  if (route.permission === undefined) return { key: undefined };
  const given = {
    publicKey: headers['x-pck'],
    stamp: headers['x-stamp'],
    signature: headers['x-signature'],
  };
  const { windowMs, increasingStamps: increasing, unauthorizedBody } = venue.settings;
  const venueNow = venue.venueNow() + skewMs;
  const known = venue.keyring.authenticate(given, { venueNow, windowMs, increasing });
  if (known.kind === 'unauthorized') return unauthorized(known.reason, unauthorizedBody);
  const { key } = known;
  if (!key.permissions.includes(route.permission)) {
    return unauthorized('Invalid Request', unauthorizedBody);
  }
  venue.bans.pardon(seen.address);
  if (!countedByAccount.includes(route.name)) return { key };
  const account = { route: route.name, policy: 'account', name: key.account } as const;
  const spent = venue.windows.admit(account, quotas, venue.now());
  return spent === undefined ? { key } : tooManyRequests(spent);
}

interface Terms extends Entry {
  readonly skewMs: number;
  readonly isLate: boolean;
}

function perform(venue: Venue, visit: Visit, terms: Terms): Answer {
  const { route, seen, path, query, body, headers } = visit;
  const isJson = (headers['content-type'] ?? '').toLowerCase().startsWith('application/json');
  if (route.method === 'POST' && !isJson) return { reply: { status: 415, body: '' } };
  const { exchange, settings } = venue;
  const venueNow = venue.venueNow() + terms.skewMs;
  const account = terms.key?.account ?? '';
  const call = { exchange, account, query, settings, venueNow, path, body };
  const answer = venue.onBehalfOf({ request: seen, isLate: terms.isLate }, () =>
    route.answer(call),
  );
  if (answer.order !== undefined) seen.orderId = String(answer.order.id);
  return answer;
}

/** What a blocked address meets. */
function turnAway(venue: Venue, line: Line): Outcome {
  if (venue.settings.banAnswer === 'forbidden') return sent(venue, line, forbidden);
  line.reset();
  return { kind: 'dropped' };
}

interface Result {
  readonly ordered: Ordered;
  /** What the venue would say; undefined when the request has had no effect yet. */
  readonly reply: Reply | undefined;
}

function deliver(venue: Venue, visit: Visit, line: Line, result: Result): void {
  record(venue, visit.seen, concluded(venue, visit, line, result));
}

function concluded(venue: Venue, visit: Visit, line: Line, { ordered, reply }: Result): Outcome {
  const said = spoiled(ordered.ending, reply);
  if (said === 'hang') {
    line.hang();
    return { kind: 'hung' };
  }
  if (said === 'reset') {
    line.reset();
    return { kind: 'reset' };
  }
  const { address } = visit.seen;
  if (said.status === 401 && venue.bans.strike(address, venue.settings.banAfter)) {
    return turnAway(venue, line);
  }
  return sent(venue, line, shifted(said, venue.settings.codeShift + ordered.codeShift));
}

type Said = Reply | 'hang' | 'reset';

/** What reaches the client in place of `reply`. */
function spoiled(ending: Ending | undefined, reply: Reply | undefined): Said {
  if (ending === undefined) return reply ?? unavailable;
  switch (ending.kind) {
    case 'hang':
    case 'reset':
      return ending.kind;
    case 'late-accept':
      if (ending.answer === 'gateway-timeout') return gatewayTimeout;
      return ending.answer === 'unavailable' ? unavailable : ending.answer;
    case 'rate-limit': {
      const { retryAfterS, policy } = ending;
      return tooManyRequests({ limit: 300, period: '1m', policy, retryAfterS });
    }
    case 'invalid-nonce':
      return unauthorized('Invalid Nonce');
    case 'gateway-timeout':
      return gatewayTimeout;
    case 'unavailable':
      return unavailable;
    case 'no-id':
      return withoutId(reply);
    case 'bad-json':
      return { status: 200, body: CUT_JSON };
    default:
      return ending satisfies never;
  }
}

function withoutId(reply: Reply | undefined): Reply {
  const body = { success: true, message: 'SUCCESS', code: 0 };
  if (reply === undefined) return { status: 200, body: { ...body, data: {} } };
  if (reply.status !== 200 || typeof reply.body !== 'object') return reply;
  const { data, ...envelope } = reply.body as Readonly<Record<string, unknown>>;
  const { id: _, ...rest } = (data ?? {}) as Readonly<Record<string, unknown>>;
  return { ...reply, body: { ...envelope, data: rest } };
}

/** Venue codes begin at 1000; HTTP-like ones (429, 503) are never off. */
function shifted(reply: Reply, by: number): Reply {
  if (by === 0 || typeof reply.body !== 'object' || reply.body === null) return reply;
  const code = (reply.body as { readonly code?: unknown }).code;
  if (typeof code !== 'number' || code < 1_000) return reply;
  return { ...reply, body: { ...reply.body, code: code + by } };
}

function sent(venue: Venue, line: Line, reply: Reply): Outcome {
  if (!line.send(reply)) return { kind: 'gone' };
  const body = typeof reply.body === 'object' ? reply.body : undefined;
  const { message, code } = (body ?? {}) as { readonly message?: string; readonly code?: number };
  return { kind: 'answered', status: reply.status, message, code, at: venue.now() };
}

function record(venue: Venue, seen: SeenRequest, outcome: Outcome): void {
  seen.outcome = outcome;
  venue.ledger.changed();
}
