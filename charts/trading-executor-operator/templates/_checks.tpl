{{/* What the schema cannot say. Each refusal tells what to do. */}}
{{- define "operator.checks" -}}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.create is false, but serviceAccount.name is empty: name the account that the operator's rights are bound to." -}}
{{- end -}}
{{- with .Values.evidence.persistence -}}
{{- if and .existingClaim (not .enabled) -}}
{{- fail (printf "evidence.persistence.existingClaim is %s, but evidence.persistence.enabled is false: set it to true, or leave the claim out." .existingClaim) -}}
{{- end -}}
{{- end -}}
{{- if eq .Values.evidence.storage.type "s3" -}}
{{- if .Values.evidence.persistence.enabled -}}
{{- fail "evidence.storage.type is s3, but evidence.persistence.enabled is true: set it to false, a bucket needs no volume." -}}
{{- end -}}
{{- range list "bucket" "credentialsSecret" -}}
{{- if not (index $.Values.evidence.storage.s3 .) -}}
{{- fail (printf "evidence.storage.type is s3, but evidence.storage.s3.%s is empty: name the %s." . (ternary "bucket" "Secret with accessKeyId and secretAccessKey" (eq . "bucket"))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.evidence.screenshots.enabled (not .Values.console.enabled) -}}
{{- fail "evidence.screenshots.enabled is true, but console.enabled is false: there is nothing to take pictures of. Set the one to true or the other to false." -}}
{{- end -}}
{{- if .Values.crds.check -}}
{{- include "operator.crdCheck" . -}}
{{- end -}}
{{- end -}}

{{/*
Helm makes CRDs once and never upgrades them. An API server drops every field that its schema does not
know, so an operator over older CRDs would write a status that is not kept.
*/}}
{{- define "operator.crdCheck" -}}
{{- range $path, $_ := .Files.Glob "crds/*.yaml" -}}
{{- $wanted := $.Files.Get $path | fromYaml -}}
{{- $live := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" $wanted.metadata.name -}}
{{- if $live -}}
{{- $release := index $wanted.metadata.annotations "spark.trading/release" -}}
{{- $found := index ($live.metadata.annotations | default dict) "spark.trading/release" | default "0.0.0" -}}
{{- if lt ((semver $found).Compare (semver $release)) 0 -}}
{{- fail (printf "the CRD %s is of release %s, older than this chart's %s, and Helm does not upgrade CRDs. Run first: helm show crds CHART --version %s | kubectl apply --server-side --force-conflicts -f -   (or set crds.check=false)" $wanted.metadata.name $found $release $.Chart.Version) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
