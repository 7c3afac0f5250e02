import { useEffect, useRef } from 'preact/hooks';
import { troubles } from '../../wire/overview.ts';
import type { Rows } from '../live/overview-state.ts';
import { useDesk } from '../shell/desk.ts';
import { troubleWords } from '../words/trouble.ts';
import { type Filter, isFiltering, noFilter } from './filter.ts';
import type { Quantile } from './table.tsx';

interface Bar {
  readonly filter: Filter;
  readonly quantile: Quantile;
  readonly namespaces: readonly string[];
  readonly rows: Rows;
  readonly go: (filter: Filter, quantile?: Quantile) => void;
}

export function FilterBar(props: Bar) {
  const { filter, go } = props;
  const text = useSlash();
  return (
    <div class="filters">
      <div class="search">
        <input
          ref={text}
          type="search"
          aria-label="Filter by name, namespace, venue, version"
          placeholder="Filter"
          value={filter.text}
          onInput={(event) => go({ ...filter, text: event.currentTarget.value })}
        />
        <kbd>/</kbd>
      </div>
      <select
        aria-label="Namespace"
        value={filter.namespace}
        onChange={(event) => go({ ...filter, namespace: event.currentTarget.value })}
      >
        <option value="">All namespaces</option>
        {props.namespaces.map((namespace) => (
          <option key={namespace}>{namespace}</option>
        ))}
      </select>
      <select
        aria-label="Mode"
        value={filter.mode}
        onChange={(event) => go({ ...filter, mode: event.currentTarget.value as Filter['mode'] })}
      >
        <option value="">All modes</option>
        <option value="live">live</option>
        <option value="trickle">trickle</option>
        <option value="paper">paper</option>
      </select>
      <TroubleSelect {...props} />
      {isFiltering(filter) && (
        <button type="button" class="text-button" onClick={() => go(noFilter)}>
          Clear
        </button>
      )}
      <span class="grow" />
      <Quantiles {...props} />
      <KillNamespace {...props} />
    </div>
  );
}

const TroubleSelect = ({ filter, go }: Bar) => (
  <select
    aria-label="Trouble"
    value={filter.trouble}
    onChange={(event) => go({ ...filter, trouble: event.currentTarget.value as Filter['trouble'] })}
  >
    <option value="">All states</option>
    <option value="any">Any trouble</option>
    {troubles.map((trouble) => (
      <option key={trouble} value={trouble}>
        {troubleWords[trouble].short}
      </option>
    ))}
  </select>
);

/** One toggle for the whole page. */
const Quantiles = ({ filter, quantile, go }: Bar) => (
  <fieldset class="segments">
    <legend class="unseen">Latency quantile</legend>
    {(['p50', 'p95', 'p99'] as const).map((one) => (
      <label key={one}>
        <input
          type="radio"
          name="quantile"
          checked={one === quantile}
          onChange={() => go(filter, one)}
        />
        <span>{one.toUpperCase()}</span>
      </label>
    ))}
  </fieldset>
);

function KillNamespace({ filter, namespaces, rows }: Bar) {
  const desk = useDesk();
  const namespace = filter.namespace || (namespaces.length === 1 ? (namespaces[0] ?? '') : '');
  const executors = [...rows.values()].filter((row) => row.namespace === namespace).length;
  const isKnown = executors > 0;
  return (
    <button
      type="button"
      class="danger"
      disabled={!isKnown}
      title={isKnown ? '' : 'Choose a namespace first'}
      onClick={() => desk.act('kill', { kind: 'namespace', namespace, executors })}
    >
      {isKnown ? `Kill all in ${namespace}…` : 'Kill a namespace…'}
    </button>
  );
}

/** `/` goes to the filter from anywhere but where one types. */
function useSlash() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const typing =
        event.target instanceof Element && event.target.closest('input,textarea,select,dialog');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || typing) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  return field;
}
