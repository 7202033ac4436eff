import { readFileSync } from 'node:fs';
import { createHttpClient } from '@mlc/http';
import type { Clock } from '@mlc/kernel';
import { serviceSecret } from './service-token.js';
import { TokenLender } from './token-lender.js';
import { VaultClient } from './vault-client.js';

/** A service's settings for the vault, under the names of its environment. */
export interface VaultSettings {
  readonly VAULT_URL: string;
  readonly SERVICE_TOKEN_SECRET_FILE: string;
  /** PEM of the authority that signed the vault's certificate. */
  readonly INTERNAL_CA_FILE?: string | undefined;
}

export interface OpenVault {
  readonly client: VaultClient;
  readonly lender: TokenLender;
  close(): Promise<void>;
}

const CONNECTIONS = 4;

/**
 * The way to the vault, over an HTTP client of its own: nothing else can be reached through it, and the
 * internal authority vouches for nobody else. Throws when the secret file cannot be read or is too short.
 */
export function openVault(settings: VaultSettings, service: string, clock: Clock): OpenVault {
  const http = createHttpClient({
    allowedHosts: [new URL(settings.VAULT_URL).host],
    allowedSuffixes: [],
    connectionsPerOrigin: CONNECTIONS,
    ...(settings.INTERNAL_CA_FILE === undefined ? {} : { caFile: settings.INTERNAL_CA_FILE }),
    clock,
  });
  const client = new VaultClient({
    url: settings.VAULT_URL.replace(/\/$/, ''),
    http,
    clock,
    secret: serviceSecret(readFileSync(settings.SERVICE_TOKEN_SECRET_FILE, 'utf8')),
    service,
  });
  return { client, lender: new TokenLender(client, clock), close: () => http.close() };
}
