export { openVault, type OpenVault, type VaultSettings } from './open-vault.js';
export { serviceSecret, signServiceToken, verifyServiceToken } from './service-token.js';
export { type LendOptions, TokenLender } from './token-lender.js';
export {
  type LentToken,
  type Sealed,
  VaultClient,
  type VaultLink,
  type VendorSystem,
} from './vault-client.js';
