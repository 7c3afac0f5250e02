import { readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeServer, jsonReply, refused } from './fake-servers.ts';
import { API, aPod, openSite, PACK, POD, type Site } from './site.ts';

const IP = '127.77.1.3';
/** Nobody listens there. */
const SILENT_IP = '127.77.1.4';

const opened: Site[] = [];
let site: Site;
beforeEach(async () => {
  await opened.pop()?.close();
  site = await openSite(IP);
  opened.push(site);
});
afterAll(async () => {
  await opened.pop()?.close();
});

/** Collects and says what is missing, by name; the README must say the same. */
async function whatIsMissing(): Promise<Record<string, string>> {
  const { missing: told } = await site.collectAnew();
  const { missing, files, finishedAt } = await site.manifest();
  expect(finishedAt).toBeDefined();
  expect(missing.map(({ name }) => name)).toEqual(told);
  const kept = files.map(({ name }) => name);
  const readme = (await site.files())['README.md'] ?? '';
  for (const { name, why } of missing) {
    expect(kept).not.toContain(name);
    expect(why).not.toBe('');
    if (kept.includes('README.md')) expect(readme).toContain(`- \`${name}\`: ${why}`);
  }
  return Object.fromEntries(missing.map(({ name, why }) => [name, why]));
}

const BEHIND_TLS = ['audit.json', 'control.json', 'version.json'];
const OF_THE_POD = [...BEHIND_TLS, 'metrics.prom'].sort();
const names = (missing: object) => Object.keys(missing).sort();

describe('a source that fails is missing by name and with why, the others are there', () => {
  it('a pod that does not answer', async () => {
    site.api[API.pods] = jsonReply({ items: [aPod(POD, SILENT_IP)] });
    const missing = await whatIsMissing();
    expect(names(missing)).toEqual(OF_THE_POD);
    expect(missing['metrics.prom']).toContain('ECONNREFUSED');
    const { 'smoke.txt': smoke, 'README.md': readme } = await site.files();
    expect(smoke?.match(/^FAIL {2}/gm)).toHaveLength(6);
    expect(readme).toContain('No executor could be asked whether it is gated and flat.');
  });

  it('a pod without an address', async () => {
    site.api[API.pods] = jsonReply({ items: [aPod(POD, undefined)] });
    const missing = await whatIsMissing();
    expect(names(missing)).toEqual([...OF_THE_POD, 'smoke.txt'].sort());
    expect(missing['metrics.prom']).toBe(`pod ${POD} has no address`);
  });

  it('one of two pods without an address', async () => {
    site.api[API.pods] = jsonReply({ items: [aPod(POD, IP), aPod('btc-executor-1', undefined)] });
    site.api[API.log.replace(POD, 'btc-executor-1')] = { text: 'x\n' };
    expect(await whatIsMissing()).toEqual({
      'metrics-btc-executor-1.prom': 'pod btc-executor-1 has no address',
    });
  });

  it('no pod at all', async () => {
    site.api[API.pods] = jsonReply({ items: [] });
    const missing = await whatIsMissing();
    expect(names(missing)).toEqual([...OF_THE_POD, 'executor.log', 'smoke.txt'].sort());
    expect(missing['executor.log']).toBe('the executor has no pod');
  });

  it('an API server that forbids pods, logs and Events', async () => {
    const no = refused(403, 'Forbidden', 'pods is forbidden: no RBAC');
    for (const path of [API.pods, API.log, API.operatorLog, API.events]) site.api[path] = no;
    const missing = await whatIsMissing();
    const refusedNames = ['events.yaml', 'executor.log', 'operator.log'];
    expect(names(missing)).toEqual([...OF_THE_POD, ...refusedNames, 'smoke.txt'].sort());
    for (const name of refusedNames) {
      expect(missing[name]).toBe('HTTP 403: pods is forbidden: no RBAC');
    }
  });

  it('a certificate that may not be read: says so, not that there is none', async () => {
    site.api[API.ca] = refused(403, 'Forbidden', 'configmaps is forbidden');
    const missing = await whatIsMissing();
    expect(names(missing)).toEqual(BEHIND_TLS);
    expect(missing['version.json']).toContain('HTTP 403: configmaps is forbidden');
    site.api[API.ca] = jsonReply({ data: {} });
    expect(await whatIsMissing()).toMatchObject({
      'version.json': 'it has not published its certificate',
    });
  });

  it('no token for executors', async () => {
    const executorToken = () => Promise.reject(new Error('ENOENT: no such file, token'));
    site.asked = { ...site.asked, executorToken };
    const missing = await whatIsMissing();
    expect(names(missing)).toEqual(BEHIND_TLS);
    expect(missing['audit.json']).toContain('no token to show it: ENOENT');
    expect((await site.files())['smoke.txt']?.match(/^PASS {2}/gm)).toHaveLength(3);
  });

  it('Prometheus down and Alertmanager in trouble', async () => {
    const gone = await fakeServer({});
    await gone.close();
    site.options = { ...site.options, prometheusUrl: gone.origin };
    site.api[API.alertmanager] = { status: 503, text: 'starting' };
    const missing = await whatIsMissing();
    expect(names(missing)).toEqual(['alertmanager.json', 'latency.svg', 'prometheus.json']);
    expect(missing['prometheus.json']).toContain('ECONNREFUSED');
    expect(missing['alertmanager.json']).toContain('HTTP 503: starting');
  });

  it('neither of them configured, outside a cluster, after a restart', async () => {
    const none = { prometheusUrl: undefined, alertmanagerUrl: undefined };
    site.options = { ...site.options, ...none };
    site.asked = { ...site.asked, self: undefined };
    site.before = undefined;
    expect(await whatIsMissing()).toEqual({
      'prometheus.json': '--prometheus-url is not set',
      'latency.svg': '--prometheus-url is not set',
      'alertmanager.json': '--alertmanager-url is not set',
      'operator.log': 'the operator does not run in a pod',
      'executor-before.yaml': 'the operator was restarted after the decision',
    });
  });

  it('the executor deleted in between', async () => {
    site.cluster.executors.clear();
    expect(await whatIsMissing()).toEqual({ 'executor-after.yaml': 'the executor was deleted' });
    expect((await site.files())['README.md']).toContain('not known when this was written');
  });
});

describe('one file that cannot be written', () => {
  it.each(['metrics.prom', 'smoke.txt', 'README.md'])('%s: no space left', async (name) => {
    const folder = join(site.evidenceDir, 'incidents', PACK);
    await mkdir(folder, { recursive: true });
    await symlink('/dev/full', join(folder, `${name}.new`));
    const { missing } = await site.collect();
    expect(missing).toEqual([name]);
    const manifest = await site.manifest();
    expect(manifest.missing).toEqual([{ name, why: expect.stringContaining('ENOSPC') }]);
    expect(manifest.files).toHaveLength(16);
  });
});

it('a pack is never without a manifest: one that is being collected has no end', async () => {
  let early: string | undefined;
  site.pod['GET /metrics'] = () => {
    early ??= readFileSync(join(site.evidenceDir, 'incidents', PACK, 'manifest.json'), 'utf8');
    return { text: 'x 1\n' };
  };
  await site.collect();
  expect(JSON.parse(early ?? '')).toMatchObject({ incident: 'btc-1', files: [], missing: [] });
  expect(JSON.parse(early ?? '')).not.toHaveProperty('finishedAt');
});
