import { sellerEndpoints } from '@mlc/api';
import { crashPoint } from '@mlc/crash-points';
import type { Sealed, VaultClient, VendorSystem } from '@mlc/credentials';
import type { Result } from '@mlc/kernel';
import type { CallOf } from '../api/serve.js';
import { RefusalError, unprocessable } from '../api/refusal.js';
import { recordStep } from './change-seller.js';
import type { Asked, Room } from './room.js';
import { forSeller, requireSeller } from './seller-store.js';

type SealWalmart = CallOf<typeof sellerEndpoints.sealWalmart>;
type SealCloudSuite = CallOf<typeof sellerEndpoints.sealCloudSuite>;

/** Hands the client id and secret to the vault; what is kept here is a fingerprint. */
export async function sealWalmart(
  room: Room,
  vault: VaultClient,
  { params, body, ...asked }: SealWalmart,
): Promise<Sealed> {
  await forSeller(room, params.sellerId, (tx) => requireSeller(tx, params.sellerId));
  const sealed = fromVault(await vault.sealWalmart(params.sellerId, body), 'body');
  return keep(room, { sellerId: params.sellerId, system: 'walmart', sealed, asked });
}

/** Hands the `.ionapi` file to the vault, if it is one of the seller's own CloudSuite tenant (`ti`). */
export async function sealCloudSuite(
  room: Room,
  vault: VaultClient,
  { params, body, ...asked }: SealCloudSuite,
): Promise<Sealed> {
  const { sellerId } = params;
  const seller = await forSeller(room, sellerId, (tx) => requireSeller(tx, sellerId));
  if (body.ionapi['ti'] !== seller.ledger.tenant) throw otherTenant(seller.ledger.tenant);
  const sealed = fromVault(await vault.sealCloudSuite(sellerId, body.ionapi), 'ionapi');
  return keep(room, { sellerId, system: 'cloudsuite', sealed, asked });
}

function otherTenant(tenant: string): RefusalError {
  return unprocessable(
    'other-tenant',
    `The file is not one of CloudSuite tenant ${tenant}, in whose ledger this seller is kept.`,
    [{ path: 'ionapi.ti', message: `must be ${tenant}` }],
  );
}

function fromVault(result: Result<Sealed>, path: string): Sealed {
  if (result.ok) return result.value;
  const { kind, code, message } = result.error;
  if (kind === 'rejected' || kind === 'invalid') {
    throw unprocessable(code, message, [{ path, message }]);
  }
  throw new RefusalError({
    status: 502,
    code,
    detail: `${message} Nothing was sealed; send it again.`,
  });
}

async function keep(
  room: Room,
  of: { sellerId: string; system: VendorSystem; sealed: Sealed; asked: Asked },
): Promise<Sealed> {
  const { sellerId, system, sealed, asked } = of;
  const { fingerprint, attributes } = sealed;
  await forSeller(room, sellerId, async (tx) => {
    const seller = await requireSeller(tx, sellerId);
    const sealedAt = room.clock.now();
    await tx.execute(
      `insert into tenant.sealed_credential (seller_id, system, fingerprint, attributes, sealed_at)
       values ($1, $2, $3, $4::jsonb, $5)
       on conflict (seller_id, system) do update
         set fingerprint = excluded.fingerprint, attributes = excluded.attributes,
             sealed_at = excluded.sealed_at`,
      [sellerId, system, fingerprint, JSON.stringify(attributes), new Date(sealedAt)],
    );
    const endpoint =
      system === 'walmart' ? sellerEndpoints.sealWalmart : sellerEndpoints.sealCloudSuite;
    await recordStep(room, tx, seller, {
      action: endpoint.audit,
      actor: asked.caller.keyId,
      identity: [fingerprint, String(sealedAt)],
      data: { fingerprint, attributes },
      correlationId: asked.correlationId,
    });
  });
  crashPoint('tenant.after-commit-before-answer');
  return sealed;
}
