import { startService } from '@mlc/service-kit';
import { readConfig } from './config.js';
import { CredentialVaultModule } from './credential-vault.module.js';

const config = readConfig();

await startService({
  service: 'credential-vault',
  config,
  module: CredentialVaultModule,
  consumers: false,
  http: {
    port: config.VAULT_PORT,
    internalOnly: true,
    tls: { certFile: config.VAULT_TLS_CERT_FILE, keyFile: config.VAULT_TLS_KEY_FILE },
  },
});
