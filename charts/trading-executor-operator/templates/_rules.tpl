{{/* What the operator may do where executors live. No wildcard, and no Secret: it reads none. */}}
{{- define "operator.rules" -}}
- apiGroups: [spark.trading]
  resources: [tradingexecutors]
  verbs: [get, list, watch, patch]
- apiGroups: [spark.trading]
  resources: [tradingexecutors/status]
  verbs: [get, patch, update]
- apiGroups: [spark.trading]
  resources: [tradingexecutors/finalizers]
  verbs: [update]
- apiGroups: [spark.trading]
  resources: [tradingincidents]
  verbs: [get, list, watch, create, patch]
- apiGroups: [spark.trading]
  resources: [tradingincidents/status]
  verbs: [get, patch, update]
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch]
- apiGroups: ['']
  resources: [services, serviceaccounts, configmaps]
  verbs: [get, list, watch, create, patch]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [roles, rolebindings]
  verbs: [get, list, watch, create, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete] # deleted once networkPolicy.enabled is false again
- apiGroups: [monitoring.coreos.com]
  resources: [servicemonitors]
  verbs: [get, list, watch, create, patch]
# Made by the operator, one for each credential Secret; get and update are handed on to its executors.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
# Handed on as well: an executor that is asked to stop looks whether its namespace is going.
- apiGroups: ['']
  resources: [namespaces]
  verbs: [get]
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch, delete]
- apiGroups: ['']
  resources: [pods/log]
  verbs: [get]
- apiGroups: ['']
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* What the evidence server reads where executors live. It writes nothing, and reads no Secret. */}}
{{- define "operator.evidenceRules" -}}
- apiGroups: [spark.trading]
  resources: [tradingexecutors, tradingincidents]
  verbs: [get]
- apiGroups: ['']
  resources: [pods, events]
  verbs: [list]
{{- if .Values.evidence.screenshots.enabled }}
- apiGroups: ['']
  resources: [events] # on the page that is photographed
  verbs: [watch]
{{- end }}
- apiGroups: ['']
  resources: [pods/log, configmaps] # logs; the certificates that executors publish
  verbs: [get]
{{- end -}}

{{/* What people see in the console. */}}
{{- define "operator.consoleViewer" -}}
- apiGroups: [spark.trading]
  resources: [tradingexecutors, tradingincidents]
  verbs: [get, list, watch]
- apiGroups: ['']
  resources: [events]
  verbs: [list, watch]
{{- end -}}

{{/* Kill, its end, and the mode: RBAC cannot tell them apart. */}}
{{- define "operator.consolePatch" -}}
- apiGroups: [spark.trading]
  resources: [tradingexecutors]
  verbs: [patch]
{{- end -}}
