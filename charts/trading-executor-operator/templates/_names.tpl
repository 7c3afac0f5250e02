{{- define "operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "operator.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "operator.selector" -}}
app.kubernetes.io/name: {{ include "operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "operator.labels" -}}
{{ include "operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "operator.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "operator.tlsSecret" -}}
{{- default (printf "%s-tls" (include "operator.fullname" .)) .Values.tls.existingSecret -}}
{{- end -}}

{{- define "operator.webhookSecret" -}}
{{- default (printf "%s-webhook" (include "operator.fullname" .)) .Values.webhook.existingSecret -}}
{{- end -}}

{{- define "operator.host" -}}
{{- printf "%s.%s.svc" (include "operator.fullname" .) .Release.Namespace -}}
{{- end -}}

{{/* An image by digest, else by tag. Called with a dict of image and Chart. */}}
{{- define "operator.image" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository (default .Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Objects of Prometheus Operator that were asked for but cannot be made are an error, not a gap. */}}
{{- define "operator.monitoringApi" -}}
{{- if not (.root.Capabilities.APIVersions.Has .api) -}}
{{- fail (printf "monitoring.enabled is true, but this cluster does not serve %s. Install Prometheus Operator first, or set monitoring.enabled=false. When rendering without a cluster, add --api-versions %s." .api .api) -}}
{{- end -}}
{{- end -}}
