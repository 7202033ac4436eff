import { timingSafeEqual } from 'node:crypto';
import type { Permission } from '@mlc/api';
import { type Clock, sha256Hex } from '@mlc/kernel';
import type { Database } from '@mlc/postgres';

/** Who calls: the key's id stands for the person or program that holds it. */
export interface Caller {
  readonly keyId: string;
  readonly scopes: readonly string[];
}

interface ReadKey {
  readonly keyId: string;
  readonly secretHash: string;
}

const KEY = /^wmc_live_([A-Za-z0-9]{1,32})_([A-Za-z0-9]{32,128})$/;
/** Compared with when there is no such key, so that both ways take the same time. */
const NO_KEY = '0'.repeat(64);

/** `wmc_live_<id>_<secret>`; null when it is none. Only the secret's hash is ever kept. */
export function readApiKey(text: string): ReadKey | null {
  const parts = KEY.exec(text);
  return parts?.[1] && parts[2] ? { keyId: parts[1], secretHash: sha256Hex(parts[2]) } : null;
}

export function sameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
}

/** Whose key it is, or null for a key that is unknown, wrong or revoked. */
export async function findCaller(db: Database, text: string): Promise<Caller | null> {
  const key = readApiKey(text);
  if (!key) return null;
  const rows = await db.asSystem((tx) =>
    tx.query<{ secret_hash: string; scopes: Permission[] }>(
      `select secret_hash, scopes from tenant.api_key where key_id = $1 and revoked_at is null`,
      [key.keyId],
    ),
  );
  const [row] = rows;
  const same = sameHash(key.secretHash, row?.secret_hash ?? NO_KEY);
  return row && same ? { keyId: key.keyId, scopes: row.scopes } : null;
}

/** Takes in the operator's first key; refuses to start with one that would not open the door. */
export async function keepFirstKey(db: Database, clock: Clock, text: string): Promise<void> {
  const key = readApiKey(text.trim());
  if (!key) {
    throw new Error('ADMIN_API_KEY_FILE must hold one key of the form wmc_live_<id>_<secret>');
  }
  await db.asSystem(async (tx) => {
    await tx.execute(
      `insert into tenant.api_key (key_id, secret_hash, scopes, created_at)
       values ($1, $2, '{admin}', $3) on conflict do nothing`,
      [key.keyId, key.secretHash, new Date(clock.now())],
    );
    const [kept] = await tx.query<{ secret_hash: string }>(
      'select secret_hash from tenant.api_key where key_id = $1',
      [key.keyId],
    );
    if (!kept || !sameHash(kept.secret_hash, key.secretHash)) {
      throw new Error(
        `ADMIN_API_KEY_FILE holds another secret for the key "${key.keyId}" than the one in use; give a new key a new id`,
      );
    }
  });
}
