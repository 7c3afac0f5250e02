import type { ExecutorDetail } from '../../wire/executor.ts';
import { killState } from '../overview/row-state.ts';
import { useDesk, useTick } from '../shell/desk.ts';
import { Mark } from '../shell/mark.tsx';
import { Empty, Panel, Time } from '../shell/states.tsx';
import { age, count, duration, UNKNOWN } from '../words/numbers.ts';
import { barsOf } from './audit-view.ts';

/** The proof that off means off: each pod now, and each kill that was seen, in milliseconds. */
export function KillsPanel({ detail }: { readonly detail: ExecutorDetail }) {
  const { clock } = useDesk();
  useTick(clock);
  const now = clock.wall();
  return (
    <Panel id="kills" title="Kill and control">
      <Pods detail={detail} />
      <h3>Kills seen</h3>
      {detail.kills.length === 0 && (
        <Empty title="No kill was seen yet.">
          <p>The day one is needed is a bad day to try it first: kill it in a drill.</p>
        </Empty>
      )}
      {detail.kills.length > 0 && (
        <div class="scroll">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">Killed</th>
                <th scope="col">Why</th>
                <th scope="col">Pod</th>
                <th scope="col" class="right">
                  Gated after
                </th>
                <th scope="col" class="right">
                  Flat after
                </th>
              </tr>
            </thead>
            <tbody>
              {detail.kills.flatMap((kill) =>
                kill.pods.map((pod, index) => (
                  <tr key={`${kill.at} ${pod.name}`}>
                    <td>{index === 0 && <Time at={kill.at} now={now} />}</td>
                    <td>{index === 0 && kill.reason}</td>
                    <td>{pod.name}</td>
                    <td class="number right">{duration(pod.gatedMs)}</td>
                    <td class="number right">{duration(pod.flatMs)}</td>
                  </tr>
                )),
              )}
            </tbody>
          </table>
        </div>
      )}
      <Refusals refusals={detail.refusals} />
    </Panel>
  );
}

function Pods({ detail: { row, controlAgeMs } }: { readonly detail: ExecutorDetail }) {
  const kill = killState(row);
  const words = kill.kind === 'killed' ? kill.pods : [];
  if (row.pods.length === 0) return <Empty title="There is no pod." />;
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">Pod</th>
          <th scope="col">Gate</th>
          <th scope="col" class="right" title="How old what it knows of its own object is">
            Control age
          </th>
        </tr>
      </thead>
      <tbody>
        {row.pods.map((pod) => {
          const told = words.find(({ name }) => name === pod.name);
          const old = controlAgeMs[pod.name] ?? null;
          return (
            <tr key={pod.name}>
              <th scope="row">{pod.name}</th>
              <td>
                <Mark tone={told?.tone ?? (pod.state === 'Open' ? 'good' : 'warning')}>
                  {told?.words ?? pod.state.toLowerCase()}
                </Mark>
              </td>
              <td class="number right">
                {old === null ? UNKNOWN : old < 10_000 ? duration(old) : age(old)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const Refusals = ({ refusals }: Pick<ExecutorDetail, 'refusals'>) => {
  const all = barsOf(refusals);
  return (
    <>
      <h3>Refused in the last hour</h3>
      {all.length === 0 && <p class="dim">Nothing was refused.</p>}
      <ul class="refusals">
        {all.map(({ label, orders }) => (
          <li key={label}>
            <code>{label}</code> <b class="number">{count(orders)}</b>
          </li>
        ))}
      </ul>
    </>
  );
};
