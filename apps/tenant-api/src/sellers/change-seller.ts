import { recordAudit } from '@mlc/audit';
import { crashPoint } from '@mlc/crash-points';
import { draft, type Seller, sellerChanged } from '@mlc/events';
import { isoInstant, uuidOf } from '@mlc/kernel';
import { appendToOutbox } from '@mlc/messaging';
import type { Tx } from '@mlc/postgres';
import type { Asked, Room } from './room.js';
import { forSeller, requireSeller, updateSeller } from './seller-store.js';

export interface Step {
  /** Past tense, from the endpoint's contract: `seller-approved`. */
  readonly action: string;
  /** A person's name; the API key's id when nobody named one. */
  readonly actor: string;
  /** Parts that tell this step from the same action at another time. */
  readonly identity: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

/** What `work` decides: the changed seller (null: nothing changes) and the step to record. */
export interface Change {
  readonly next: Omit<Seller, 'version'>;
  readonly step: Step;
}

/**
 * Changes a seller in one transaction: the row, its event and its audit record. `work` sees the
 * locked seller; when it answers null the seller stays as it is and nothing is recorded.
 */
export async function changeSeller(
  room: Room,
  sellerId: string,
  asked: Asked,
  work: (tx: Tx, seller: Seller) => Promise<Change | null> | Change | null,
): Promise<Seller> {
  const answer = await forSeller(room, sellerId, async (tx) => {
    const seller = await requireSeller(tx, sellerId, 'change');
    const change = await work(tx, seller);
    if (!change) return seller;
    const next: Seller = { ...change.next, version: seller.version + 1 };
    await updateSeller(tx, next);
    await publishSeller(room, tx, next, asked);
    await recordStep(room, tx, next, { ...change.step, correlationId: asked.correlationId });
    return next;
  });
  crashPoint('tenant.after-commit-before-answer');
  return answer;
}

export async function publishSeller(
  { clock }: Room,
  tx: Tx,
  seller: Seller,
  { correlationId }: Asked,
): Promise<void> {
  await appendToOutbox(tx, 'tenant', [
    draft(sellerChanged, {
      seller: seller.sellerId,
      market: seller.market,
      occurredAt: clock.now(),
      correlationId,
      identity: [seller.sellerId, String(seller.version)],
      payload: seller,
    }),
  ]);
}

export async function recordStep(
  { clock }: Room,
  tx: Tx,
  seller: Pick<Seller, 'sellerId' | 'market'>,
  step: Step & { readonly correlationId: string },
): Promise<void> {
  await recordAudit(tx, 'tenant', [
    {
      seller: seller.sellerId,
      market: seller.market,
      correlationId: step.correlationId,
      record: {
        recordId: uuidOf('audit', 'tenant-api', seller.sellerId, step.action, ...step.identity),
        at: isoInstant(clock.now()),
        service: 'tenant-api',
        action: step.action,
        actor: step.actor,
        orders: [],
        runGroup: null,
        journals: [],
        data: { ...step.data },
      },
    },
  ]);
}
