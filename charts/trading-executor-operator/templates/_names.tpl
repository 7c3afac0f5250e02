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
{{- default (include "operator.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* Where executors may live: the release's own namespace if they may live there. */}}
{{- define "operator.executorNamespace" -}}
{{- $watched := .Values.watchNamespaces -}}
{{- if or (not $watched) (has .Release.Namespace $watched) -}}
{{- .Release.Namespace -}}
{{- else -}}
{{- first $watched -}}
{{- end -}}
{{- end -}}

{{/* Why kube-score may leave these out is told in the README. */}}
{{- define "operator.kubeScore" -}}
kube-score/ignore: container-image-pull-policy,container-resources,pod-networkpolicy
{{- end -}}

{{- define "operator.evidence" -}}
{{- printf "%s-evidence" (include "operator.fullname" .) -}}
{{- end -}}

{{- define "operator.evidenceHost" -}}
{{- printf "%s.%s.svc" (include "operator.evidence" .) .Release.Namespace -}}
{{- end -}}

{{- define "operator.evidenceTlsSecret" -}}
{{- default (printf "%s-tls" (include "operator.evidence" .)) .Values.evidence.tls.existingSecret -}}
{{- end -}}

{{- define "operator.evidenceSelector" -}}
app.kubernetes.io/name: {{ include "operator.name" . | trunc 54 }}-evidence
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "operator.evidenceLabels" -}}
{{ include "operator.evidenceSelector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "operator.tlsSecret" -}}
{{- default (printf "%s-tls" (include "operator.fullname" .)) .Values.tls.existingSecret -}}
{{- end -}}

{{- define "operator.webhookSecret" -}}
{{- default (printf "%s-webhook" (include "operator.fullname" .)) .Values.webhook.existingSecret -}}
{{- end -}}

{{- define "operator.consoleSecret" -}}
{{- default (printf "%s-console" (include "operator.fullname" .)) .Values.console.existingSecret -}}
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

{{- define "operator.testLabels" -}}
app.kubernetes.io/name: {{ include "operator.name" . | trunc 58 }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Made before the test, gone after it, whichever way it ends. */}}
{{- define "operator.testAccess" -}}
helm.sh/hook: test
helm.sh/hook-weight: '-1'
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end -}}
