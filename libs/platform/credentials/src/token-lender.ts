import { type Clock, ok, type Result, sha256Hex } from '@mlc/kernel';
import { LRUCache } from 'lru-cache';
import type { LentToken, VaultClient, VendorSystem } from './vault-client.js';

/** A token with less life than this is not used for a new request. */
const SPARE_MS = 30_000;
const SELLERS_MAX = 10_000;

export interface LendOptions {
  /** The token a vendor has just answered 401 to: ask for another one. */
  readonly refusedToken?: string;
}

/**
 * Borrows vendor tokens from the vault, keeps each until shortly before it ends, and asks once however
 * many callers wait (single flight). The vault does the refreshing; this never logs in anywhere.
 */
export class TokenLender {
  private readonly held = new LRUCache<string, LentToken>({ max: SELLERS_MAX });
  private readonly asking = new Map<string, Promise<Result<LentToken>>>();

  constructor(
    private readonly vault: Pick<VaultClient, 'borrow'>,
    private readonly clock: Clock,
  ) {}

  async lend(
    seller: string,
    system: VendorSystem,
    options: LendOptions = {},
  ): Promise<Result<LentToken>> {
    const key = `${system}/${seller}`;
    const current = this.held.get(key);
    const refused = options.refusedToken;
    if (
      current &&
      current.accessToken !== refused &&
      current.expiresAt - SPARE_MS > this.clock.now()
    ) {
      return ok(current);
    }
    const running = this.asking.get(key);
    if (running) return running;
    const asked = this.borrow(key, seller, system, refused).finally(() => this.asking.delete(key));
    this.asking.set(key, asked);
    return asked;
  }

  private async borrow(
    key: string,
    seller: string,
    system: VendorSystem,
    refused: string | undefined,
  ): Promise<Result<LentToken>> {
    const hash = refused === undefined ? null : sha256Hex(refused);
    const lent = await this.vault.borrow(seller, system, hash);
    if (lent.ok) this.held.set(key, lent.value);
    return lent;
  }
}
