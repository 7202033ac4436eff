import { randomBytes } from 'node:crypto';
import type { Clock, EpochMs } from '@mlc/kernel';

export const TOKEN_LIFE_S = 900;

export interface LentToken {
  readonly walmartSellerId: string;
  readonly client: string;
  readonly issuedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

/** Access tokens in force. Several of one client live side by side. */
export class TokenDesk {
  private readonly tokens = new Map<string, LentToken>();

  constructor(private readonly clock: Clock) {}

  issue(walmartSellerId: string, client: string): { text: string; lent: LentToken } {
    const issuedAt = this.clock.now();
    this.forgetExpired(issuedAt);
    const lent = { walmartSellerId, client, issuedAt, expiresAt: issuedAt + TOKEN_LIFE_S * 1000 };
    const text = `eyJraWQiOiI${randomBytes(48).toString('base64url')}`;
    this.tokens.set(text, lent);
    return { text, lent };
  }

  /** The token's seller, or why it is refused. */
  look(text: string): LentToken | 'unknown token' | 'expired token' {
    const lent = this.tokens.get(text);
    if (!lent) return 'unknown token';
    return lent.expiresAt <= this.clock.now() ? 'expired token' : lent;
  }

  /** Tokens end at once, as when a client's secret is replaced. */
  revokeOf(walmartSellerId: string): void {
    for (const [text, lent] of this.tokens) {
      if (lent.walmartSellerId === walmartSellerId) this.tokens.delete(text);
    }
  }

  private forgetExpired(now: EpochMs): void {
    const longAgo = now - 2 * TOKEN_LIFE_S * 1000;
    for (const [text, lent] of this.tokens) if (lent.expiresAt < longAgo) this.tokens.delete(text);
  }
}
