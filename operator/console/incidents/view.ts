import type { TradingIncident } from '../../../crds/trading-incident.ts';
import { isPackName } from '../../evidence/pack-name.ts';
import { MARK } from '../../rollback/incident.ts';
import type { May } from '../wire/executor.ts';
import type { IncidentView } from '../wire/incident.ts';

/** The name of an incident's pack, by the link that the operator wrote; undefined: none is linked. */
export function packOf({ status }: TradingIncident): string | undefined {
  const name = status?.evidence?.replace(/\/+$/, '').split('/').at(-1);
  return name !== undefined && isPackName(name) ? name : undefined;
}

/** Why no pack is linked, in the words of the incident's own timeline where it has some. */
export function packlessWhy({ status }: TradingIncident): string {
  const line = status?.timeline?.find(({ what }) => what.startsWith(MARK.evidence));
  return line?.what ?? 'the pack is still being collected';
}

export interface Evidence {
  readonly pack: string | null;
  readonly why: string | null;
}

/** As the incident itself says, without a question to the evidence server. */
export function linked(incident: TradingIncident): Evidence {
  const pack = packOf(incident);
  return pack === undefined ? { pack: null, why: packlessWhy(incident) } : { pack, why: null };
}

export interface ViewInput {
  readonly at: string;
  readonly incident: TradingIncident;
  readonly may: May;
  readonly evidence: Evidence;
}

/** Pure. */
export function view({ at, incident, may, evidence }: ViewInput): IncidentView {
  const { metadata, spec, status } = incident;
  return {
    at,
    namespace: metadata.namespace,
    name: metadata.name,
    spec,
    status: status ?? null,
    open: status?.acknowledged === undefined,
    may,
    pack: evidence.pack,
    evidenceWhy: evidence.why,
  };
}
