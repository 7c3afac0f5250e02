import { expect, it } from 'vitest';
import { Kills } from '../../../operator/console/kills.ts';
import { clockTime, stamp } from '../rollback/builders.ts';
import { executorBut, pod } from './an-executor.ts';

const well = executorBut();
const killed = (more = {}) => executorBut({ spec: { killSwitch: true }, status: more });
const at = (seconds: string) => clockTime(`03:00:${seconds}`);

it('a kill that this process saw begin is timed to each pod, in milliseconds from its beginning', () => {
  const kills = new Kills();
  kills.saw(well, at('00'));
  kills.saw(killed(), at('10'));
  expect(kills.killedAt('uid-1')).toBe(stamp('03:00:10'));
  kills.saw(killed({ pods: [pod('Gated', { gatedAt: '2026-11-23T03:00:10.040Z' })] }), at('11'));
  const both = { gatedAt: '2026-11-23T03:00:10.040Z', flatAt: '2026-11-23T03:00:12.500Z' };
  kills.saw(killed({ pods: [pod('Gated', both)] }), at('13'));
  const { at: began, reason, pods } = kills.of('uid-1')[0] ?? {};
  expect([began, reason]).toEqual([stamp('03:00:10'), 'KillSwitch']);
  expect(pods).toEqual([{ name: 'btc-executor-0', gatedMs: 40, flatMs: 2_500 }]);
});

it('a pod that was replaced keeps what it showed, and a kill that ended stays on the list', () => {
  const kills = new Kills();
  kills.saw(well, at('00'));
  kills.saw(killed({ pods: [pod('Gated', { gatedAt: stamp('03:00:01') })] }), at('01'));
  kills.saw(killed({ pods: [] }), at('02'));
  kills.saw(well, at('03'));
  expect(kills.killedAt('uid-1')).toBeNull();
  kills.saw(killed(), at('20'));
  expect(kills.of('uid-1').map((one) => one.at)).toEqual([stamp('03:00:20'), stamp('03:00:01')]);
  expect(kills.of('uid-1')[1]?.pods).toMatchObject([{ gatedMs: 0 }]);
});

it('what a pod said about an earlier kill times no later one', () => {
  const kills = new Kills();
  kills.saw(well, at('00'));
  kills.saw(killed({ pods: [pod('Gated', { gatedAt: stamp('03:00:01') })] }), at('10'));
  expect(kills.of('uid-1')[0]?.pods).toMatchObject([{ gatedMs: null, flatMs: null }]);
});

it('of a kill from before this process nothing is claimed, but a latch says since when', () => {
  const kills = new Kills();
  kills.saw(killed({ pods: [pod('Gated', { gatedAt: stamp('03:00:01') })] }), at('10'));
  expect([kills.killedAt('uid-1'), kills.of('uid-1')]).toEqual([null, []]);
  const rollback = { uid: 'uid-2', pending: [], latched: true, since: stamp('02:00:00') };
  kills.saw(executorBut({ metadata: { uid: 'uid-2' }, status: { rollback } }), at('10'));
  expect(kills.killedAt('uid-2')).toBe(stamp('02:00:00'));
});

it('a reason that changes while it is killed is no second kill', () => {
  const kills = new Kills();
  kills.saw(well, at('00'));
  kills.saw(killed(), at('01'));
  const rollback = { uid: 'uid-1', pending: [], latched: true, since: stamp('03:00:02') };
  kills.saw(killed({ rollback }), at('02'));
  expect(kills.of('uid-1')).toHaveLength(1);
});
