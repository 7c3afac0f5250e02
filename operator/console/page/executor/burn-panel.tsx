import type { BurnWindow, History } from '../../wire/history.ts';
import type { Asked } from '../shell/desk.ts';
import { Mark } from '../shell/mark.tsx';
import { Empty, Failed, Loading, Panel } from '../shell/states.tsx';
import { duration, percent, times } from '../words/numbers.ts';
import { burnTone, burnWords, placeOf, THRESHOLD_PLACE } from './burn-view.ts';
import { HistoryAge } from './latency-panel.tsx';

/** How fast the latency budget is spent, over four pairs of windows; both of a pair over it fire. */
export function BurnPanel(props: {
  readonly history: Asked<History>;
  readonly budgetLeft: number | null;
}) {
  const { value, failure, again } = props.history;
  return (
    <Panel id="burn" title="Budget burn rate" aside={<HistoryAge history={props.history} />}>
      {failure !== null && <Failed what="burn rates" failure={failure} again={again} />}
      {value === null && failure === null && <Loading what="burn rates" />}
      {value !== null && value.burn.length === 0 && (
        <Empty title="No burn rates yet.">
          <p>They come with Prometheus, or once the executors were watched for a while.</p>
        </Empty>
      )}
      {value !== null && value.burn.length > 0 && (
        <>
          <p class="lead">
            <b class="number">{percent(props.budgetLeft)}</b> of 30 days' budget left;{' '}
            {percent(1 - value.slo.latencyShare)} of orders have to be within{' '}
            {duration(value.slo.latencyMs)}.
          </p>
          <table class="burn">
            <thead>
              <tr>
                <th scope="col">Windows</th>
                <th scope="col">
                  <span class="unseen">Picture</span>
                </th>
                <th scope="col" class="right">
                  Now
                </th>
                <th scope="col" class="right">
                  Fires over
                </th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {value.burn.map((window) => (
                <BurnRow key={window.longMs} window={window} />
              ))}
            </tbody>
          </table>
        </>
      )}
    </Panel>
  );
}

const BurnRow = ({ window }: { readonly window: BurnWindow }) => (
  <tr>
    <th scope="row">
      {duration(window.longMs)}
      <small>{duration(window.shortMs)}</small>
    </th>
    <td class="picture" aria-hidden="true">
      <Gauge rate={window.long} window={window} />
      <Gauge rate={window.short} window={window} />
    </td>
    <td class="number right">
      {times(window.long)}
      <small>{times(window.short)}</small>
    </td>
    <td class="number right">{`${window.threshold}×`}</td>
    <td>
      <Mark tone={burnTone(window)}>{burnWords(window)}</Mark>
    </td>
  </tr>
);

const Gauge = (props: { readonly rate: number | null; readonly window: BurnWindow }) => {
  const over = props.rate !== null && props.rate > props.window.threshold;
  return (
    <span class="gauge">
      <span
        class={over ? 'fill over' : 'fill'}
        style={{ width: `${placeOf(props.rate, props.window.threshold) * 100}%` }}
      />
      <span class="threshold" style={{ left: `${THRESHOLD_PLACE * 100}%` }} />
    </span>
  );
};
