import { startService } from '@mlc/service-kit';
import { readConfig } from './config.js';
import { CredentialVaultModule } from './credential-vault.module.js';

/** A credentials file is half a kilobyte. */
const BODY_LIMIT_BYTES = 32 * 1024;

const config = readConfig();

await startService({
  service: 'credential-vault',
  config,
  module: CredentialVaultModule,
  consumers: false,
  http: {
    port: config.VAULT_PORT,
    internalOnly: true,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    tls: { certFile: config.VAULT_TLS_CERT_FILE, keyFile: config.VAULT_TLS_KEY_FILE },
  },
});
