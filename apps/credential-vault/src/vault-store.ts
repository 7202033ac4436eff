import { recordAudit } from '@mlc/audit';
import type { VendorSystem } from '@mlc/credentials';
import {
  type Clock,
  err,
  failure,
  hashOf,
  isoInstant,
  type Json,
  ok,
  type Result,
  uuidOf,
} from '@mlc/kernel';
import type { Database, Tx } from '@mlc/postgres';
import { type KeyProvider, newDataKey, open, seal } from './sealing.js';

export interface SealedCredential {
  readonly version: number;
  readonly fingerprint: string;
  readonly attributes: Record<string, string>;
}

export interface StoredToken {
  readonly accessToken: string;
  readonly tokenHash: string;
  readonly credentialVersion: number;
  readonly endpoint: string;
  readonly expiresAt: number;
  readonly refreshAt: number;
}

interface CredentialRow {
  version: number;
  sealed: string;
  fingerprint: string;
  attributes: Record<string, string>;
}

interface TokenRow {
  credential_version: number;
  token_version: number;
  sealed: string;
  token_hash: string;
  endpoint: string;
  expires_ms: string;
  refresh_ms: string;
}

const TOKEN_COLUMNS = `credential_version, token_version, sealed, token_hash, endpoint,
  (extract(epoch from expires_at) * 1000)::bigint::text as expires_ms,
  (extract(epoch from refresh_at) * 1000)::bigint::text as refresh_ms`;

/** Sealed credentials and tokens of sellers; the only place where a secret is opened. */
export class VaultStore {
  constructor(
    private readonly db: Database,
    private readonly keys: KeyProvider,
    private readonly clock: Clock,
  ) {}

  /** Replaces the seller's credential of one system and forgets its token. */
  async sealCredential(
    seller: string,
    system: VendorSystem,
    secret: Json,
    attributes: Record<string, string>,
  ): Promise<SealedCredential> {
    return this.db.forSellers([seller], async (tx) => {
      const key = await this.dataKey(tx, seller, true);
      const [last] = await tx.query<{ version: number }>(
        'select version from vault.credential where seller_id = $1 and system = $2 for update',
        [seller, system],
      );
      const version = (last?.version ?? 0) + 1;
      const fingerprint = hashOf({ seller, system, secret }).slice(0, 16);
      const sealed = seal(
        key,
        { seller, field: system, version },
        Buffer.from(JSON.stringify(secret), 'utf8'),
      );
      const now = this.clock.now();
      await tx.execute(
        `insert into vault.credential (seller_id, system, version, sealed, fingerprint, attributes, sealed_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (seller_id, system) do update set version = excluded.version, sealed = excluded.sealed,
           fingerprint = excluded.fingerprint, attributes = excluded.attributes, sealed_at = excluded.sealed_at`,
        [seller, system, version, sealed, fingerprint, JSON.stringify(attributes), isoInstant(now)],
      );
      await tx.execute('delete from vault.token where seller_id = $1 and system = $2', [
        seller,
        system,
      ]);
      await this.audit(tx, seller, 'credentials-sealed', [system, String(version)], {
        system,
        version,
        fingerprint,
      });
      return { version, fingerprint, attributes };
    });
  }

  async openCredential(
    seller: string,
    system: VendorSystem,
  ): Promise<Result<SealedCredential & { secret: unknown }>> {
    return this.db.forSellers([seller], async (tx) => {
      const [row] = await tx.query<CredentialRow>(
        'select version, sealed, fingerprint, attributes from vault.credential where seller_id = $1 and system = $2',
        [seller, system],
      );
      if (!row) {
        return err(
          failure(
            'not-found',
            'vault.no-credential',
            `No ${system} credential is sealed for this seller; upload it first.`,
          ),
        );
      }
      const key = await this.dataKey(tx, seller, false);
      const plain = open(key, { seller, field: system, version: row.version }, row.sealed);
      const { version, fingerprint, attributes } = row;
      return ok({
        version,
        fingerprint,
        attributes,
        secret: JSON.parse(plain.toString('utf8')) as unknown,
      });
    });
  }

  /** The stored token, noting that a service borrows it now. */
  async borrowToken(seller: string, system: VendorSystem): Promise<StoredToken | null> {
    return this.tokenOf(
      seller,
      system,
      `update vault.token set lent_at = $3 where seller_id = $1 and system = $2 returning ${TOKEN_COLUMNS}`,
      [isoInstant(this.clock.now())],
    );
  }

  /** The stored token as it is; looking at it does not keep it in use. */
  async readToken(seller: string, system: VendorSystem): Promise<StoredToken | null> {
    return this.tokenOf(
      seller,
      system,
      `select ${TOKEN_COLUMNS} from vault.token where seller_id = $1 and system = $2`,
      [],
    );
  }

  private async tokenOf(
    seller: string,
    system: VendorSystem,
    sql: string,
    more: readonly unknown[],
  ): Promise<StoredToken | null> {
    return this.db.forSellers([seller], async (tx) => {
      const [row] = await tx.query<TokenRow>(sql, [seller, system, ...more]);
      if (!row) return null;
      const key = await this.dataKey(tx, seller, false);
      const binding = { seller, field: `${system}-token`, version: row.token_version };
      return {
        accessToken: open(key, binding, row.sealed).toString('utf8'),
        tokenHash: row.token_hash,
        credentialVersion: row.credential_version,
        endpoint: row.endpoint,
        expiresAt: Number(row.expires_ms),
        refreshAt: Number(row.refresh_ms),
      };
    });
  }

  /**
   * Keeps a fresh token in place of the last one, however long either lives: the last one may be the
   * one a vendor has refused. False when the credential was replaced meanwhile: nothing is kept then.
   */
  async storeToken(seller: string, system: VendorSystem, token: StoredToken): Promise<boolean> {
    return this.db.forSellers([seller], async (tx) => {
      // Locked, so that a replacement comes wholly before or wholly after, and then forgets this token.
      const current = await tx.query(
        `select 1 from vault.credential
         where seller_id = $1 and system = $2 and version = $3 for share`,
        [seller, system, token.credentialVersion],
      );
      await this.audit(tx, seller, 'vendor-token-obtained', [system, token.tokenHash], {
        system,
        expiresAt: isoInstant(token.expiresAt),
      });
      if (current.length === 0) return false;
      const key = await this.dataKey(tx, seller, false);
      const [last] = await tx.query<{ token_version: number }>(
        'select token_version from vault.token where seller_id = $1 and system = $2 for update',
        [seller, system],
      );
      const version = (last?.token_version ?? 0) + 1;
      const binding = { seller, field: `${system}-token`, version };
      const sealed = seal(key, binding, Buffer.from(token.accessToken, 'utf8'));
      await tx.execute(
        `insert into vault.token (seller_id, system, credential_version, token_version, sealed, token_hash,
           endpoint, expires_at, refresh_at, lent_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (seller_id, system) do update set credential_version = excluded.credential_version,
           token_version = excluded.token_version, sealed = excluded.sealed, token_hash = excluded.token_hash,
           endpoint = excluded.endpoint, expires_at = excluded.expires_at, refresh_at = excluded.refresh_at`,
        [
          seller,
          system,
          token.credentialVersion,
          version,
          sealed,
          token.tokenHash,
          token.endpoint,
          isoInstant(token.expiresAt),
          isoInstant(token.refreshAt),
          isoInstant(this.clock.now()),
        ],
      );
      return true;
    });
  }

  /** Tokens to refresh ahead of time: due, and borrowed lately. */
  async dueTokens(
    lentSince: number,
    limit: number,
  ): Promise<{ seller: string; system: VendorSystem }[]> {
    return this.db.asSystem((tx) =>
      tx.query<{ seller: string; system: VendorSystem }>(
        `select seller_id as seller, system from vault.token
         where refresh_at <= $1 and lent_at >= $2 order by refresh_at limit $3`,
        [isoInstant(this.clock.now()), isoInstant(lentSince), limit],
      ),
    );
  }

  private async dataKey(tx: Tx, seller: string, make: boolean): Promise<Buffer> {
    if (make) {
      const wrapped = await this.keys.wrap(seller, newDataKey());
      await tx.execute(
        'insert into vault.data_key (seller_id, wrapped) values ($1, $2) on conflict (seller_id) do nothing',
        [seller, wrapped],
      );
    }
    // Who seals holds the row: two uploads at once become two versions, not one twice.
    const [row] = await tx.query<{ wrapped: string }>(
      `select wrapped from vault.data_key where seller_id = $1 ${make ? 'for update' : ''}`,
      [seller],
    );
    if (!row) throw new Error('the seller has no data key');
    return this.keys.unwrap(seller, row.wrapped);
  }

  private async audit(
    tx: Tx,
    seller: string,
    action: string,
    identity: readonly string[],
    data: Record<string, unknown>,
  ): Promise<void> {
    const recordId = uuidOf('credential-vault', action, seller, ...identity);
    await recordAudit(tx, 'vault', [
      {
        seller,
        market: 'US',
        correlationId: recordId,
        record: {
          recordId,
          at: isoInstant(this.clock.now()),
          service: 'credential-vault',
          action,
          actor: 'system',
          orders: [],
          runGroup: null,
          journals: [],
          data,
        },
      },
    ]);
  }
}
