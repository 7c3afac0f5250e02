import type { Request } from './request.ts';

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/**
 * What the API server itself lets a token do in a namespace, one line a right, sorted:
 * `tradingexecutors.spark.trading btcturk: get list watch`. What everybody may, such as asking for
 * one's own rights, is left out.
 */
export async function grants(
  request: Request,
  token: string,
  namespace: string,
): Promise<readonly string[]> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview' };
  const { status, body } = await request(
    'POST',
    path,
    { ...review, spec: { namespace } },
    { token },
  );
  if (status !== 201 || body.status.incomplete) {
    throw new Error(`the rights were not listed: HTTP ${status} ${JSON.stringify(body)}`);
  }
  const rules: readonly Rule[] = [...body.status.resourceRules, ...body.status.nonResourceRules];
  const lines = rules.flatMap(linesOf).filter((line) => !EVERYBODY.test(line));
  return [...new Set(lines)].sort();
}

/** Of system:basic-user, system:discovery and system:public-info-viewer. */
const EVERYBODY =
  /^(selfsubject\w+\.(authorization|authentication)\.k8s\.io|\/(api|apis|healthz|livez|readyz|openapi|version|\.well-known|openid)\b)/;

function linesOf({ verbs, apiGroups = [], resources = [], ...rest }: Rule): readonly string[] {
  const may = [...verbs].sort().join(' ');
  const names = rest.resourceNames === undefined ? '' : ` ${rest.resourceNames.join(' ')}`;
  const objects = resources.flatMap((resource) =>
    apiGroups.map((group) => `${full(resource, group)}${names}: ${may}`),
  );
  return [...objects, ...(rest.nonResourceURLs ?? []).map((url) => `${url}: ${may}`)];
}

/** As kubectl writes it: `tradingexecutors.spark.trading/status`. */
function full(resource: string, group: string): string {
  const [kind, subresource] = resource.split('/');
  return `${kind}${group && `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
}
