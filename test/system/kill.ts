import type { ControlReport } from '../../crds/control.ts';
import { kubectlBoth } from './kubectl.ts';
import type { ExecutorClient } from './place.ts';

export interface Patched {
  /** When kubectl's PATCH left, epoch ms: the acceptance cannot be earlier. */
  readonly sentAt: number;
  /** When the API server's answer was in kubectl's hands, epoch ms. */
  readonly answeredAt: number;
}

/**
 * `kubectl patch`, with the request's own times taken from kubectl's `-v=6` log, so that neither
 * starting kubectl nor reading its output counts.
 */
export async function patchKillSwitch(
  namespace: string,
  name: string,
  on: boolean,
): Promise<Patched> {
  const patch = JSON.stringify({ spec: { killSwitch: on } });
  const { stderr } = await kubectlBoth(
    ...['patch', 'tradingexecutor', name, '-n', namespace, '--type=merge', '-p', patch, '-v=6'],
  );
  const line = stderr.split('\n').find((text) => /verb="?PATCH|PATCH https/.test(text)) ?? '';
  const [, clock = ''] = /^[IWE]\d{4} (\d{2}:\d{2}:\d{2}\.\d{6})/.exec(line) ?? [];
  const [, spent] = /milliseconds="?(\d+)|in (\d+) milliseconds/.exec(line)?.filter(Boolean) ?? [];
  if (clock === '' || spent === undefined) {
    throw new Error(`kubectl -v=6 printed no PATCH line this test can read:\n${stderr}`);
  }
  const answeredAt = localClock(clock);
  return { sentAt: answeredAt - Number(spent), answeredAt };
}

/** klog prints local time without a date; it is within the last seconds. */
function localClock(clock: string): number {
  const [h = 0, m = 0, s = 0] = clock.split(':').map(Number);
  const at = new Date();
  at.setHours(h, m, 0, 0);
  const time = at.getTime() + s * 1_000;
  return time > Date.now() + 60_000 ? time - 86_400_000 : time;
}

/** Asks /control until the condition holds; for facts only the executor can state. */
export async function controlUntil(
  client: ExecutorClient,
  holds: (report: ControlReport) => boolean,
  timeoutMs = 30_000,
): Promise<ControlReport> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const { status, body } = await client.call('GET', '/control');
    if (status === 200 && holds(body as ControlReport)) return body as ControlReport;
    if (performance.now() > until) {
      throw new Error(`/control did not get there in ${timeoutMs} ms: ${JSON.stringify(body)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
