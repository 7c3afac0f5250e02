{{/* How Alertmanager reaches the operator: over TLS, with the token of the release's own Secret. */}}
{{- define "operator.webhook" -}}
url: https://{{ include "operator.host" . }}:9443/alertmanager
sendResolved: true
maxAlerts: 0
httpConfig:
  authorization:
    type: Bearer
    credentials:
      name: {{ include "operator.webhookSecret" . }}
      key: {{ .Values.webhook.key }}
  tlsConfig:
    serverName: {{ include "operator.host" . }}
    ca:
      secret:
        name: {{ include "operator.tlsSecret" . }}
        key: ca.crt
{{- end -}}
