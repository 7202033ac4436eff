{{- /* What each service is; what an operator may change of it is in values. */}}
{{- define "ml-connector.services" -}}
ingestion: { asksVault: true, callsVendors: true }
mapping: {}
gl-posting: { asksVault: true, callsVendors: true }
credential-vault:
  callsVendors: true
  port: { name: https, number: 8443, variable: VAULT_PORT }
tenant-api:
  asksVault: true
  port: { name: http, number: 8080, variable: TENANT_API_PORT }
{{- end }}

{{- define "ml-connector.healthPort" -}}9090{{- end }}
{{- define "ml-connector.secretsPath" -}}/run/secrets/ml-connector{{- end }}

{{- /*
The files of a service, as a map: directory below the secrets path -> Secret, key and the variable
that is told the file's path. Only these keys are mounted, so that the vault's private key stays with the vault.
*/}}
{{- define "ml-connector.files" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- $facts := index . 2 -}}
{{- $secrets := $root.Values.secrets -}}
{{- if or $facts.asksVault (eq $service "credential-vault") }}
service-token: { secret: {{ $secrets.serviceToken | quote }}, keys: { SERVICE_TOKEN_SECRET_FILE: secret } }
{{- end }}
{{- if $facts.asksVault }}
vault-ca: { secret: {{ $secrets.vaultTls | quote }}, keys: { INTERNAL_CA_FILE: ca.crt } }
{{- end }}
{{- if eq $service "credential-vault" }}
vault-key: { secret: {{ $secrets.vaultKey | quote }}, keys: { VAULT_KEY_FILE: key } }
vault-tls: { secret: {{ $secrets.vaultTls | quote }}, keys: { VAULT_TLS_CERT_FILE: tls.crt, VAULT_TLS_KEY_FILE: tls.key } }
{{- end }}
{{- if eq $service "tenant-api" }}
admin-api-key: { secret: {{ $secrets.adminApiKey | quote }}, keys: { ADMIN_API_KEY_FILE: key } }
{{- end }}
{{- if and $facts.callsVendors $root.Values.outbound.caSecret }}
outbound-ca: { secret: {{ $root.Values.outbound.caSecret | quote }}, keys: { OUTBOUND_CA_FILE: ca.crt } }
{{- end }}
{{- end }}

{{- /* 288 is 0440: the owner is root, the pod reads through its group. */}}
{{- define "ml-connector.fileVolumes" -}}
{{- range $name, $file := . }}
- name: {{ $name }}
  secret:
    secretName: {{ $file.secret }}
    defaultMode: 288
    items:
      {{- range $key := values $file.keys | sortAlpha }}
      - { key: {{ $key }}, path: {{ $key }} }
      {{- end }}
{{- end }}
{{- end }}

{{- define "ml-connector.fileMounts" -}}
{{- range $name, $file := . }}
- { name: {{ $name }}, mountPath: {{ include "ml-connector.secretsPath" nil }}/{{ $name }}, readOnly: true }
{{- end }}
{{- end }}

{{- define "ml-connector.fileVariables" -}}
{{- range $name, $file := . }}
{{- range $variable, $key := $file.keys }}
- name: {{ $variable }}
  value: {{ include "ml-connector.secretsPath" nil }}/{{ $name }}/{{ $key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "ml-connector.secretVariable" -}}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef: { name: {{ .secret }}, key: {{ .key }} }
{{- end }}
