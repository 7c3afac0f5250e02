const PROBE_MS_MAX = 4_000;
const answered = new Map<string, Promise<boolean>>();

/** True when an address answers at all, whatever it says; asked once per run. */
export function reachable(url: string): Promise<boolean> {
  const known = answered.get(url);
  if (known !== undefined) return known;
  const asked = fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_MS_MAX) }).then(
    // 401 is how a registry greets a stranger; 403 and 5xx come from something in between
    (reply) => reply.ok || reply.status === 401,
    () => false,
  );
  answered.set(url, asked);
  return asked;
}
