import { type NewSeller, sellerEndpoints } from '@mlc/api';
import { crashPoint } from '@mlc/crash-points';
import type { Seller } from '@mlc/events';
import { uuidOf } from '@mlc/kernel';
import { conflict } from '../api/refusal.js';
import { publishSeller, recordStep, type Step } from './change-seller.js';
import type { Asked, Room } from './room.js';
import { forSeller, insertSeller, requireSeller, updateSeller } from './seller-store.js';

/** A1, A5: the Walmart account and the ledger are the seller. */
export function sellerIdOf(
  seller: Pick<NewSeller, 'market' | 'walmartSellerId' | 'ledger'>,
): string {
  const { tenant, enterpriseGroup, accountingEntity } = seller.ledger;
  return uuidOf(
    'seller',
    seller.market,
    seller.walmartSellerId,
    tenant,
    enterpriseGroup,
    accountingEntity,
  );
}

/** What could be changed when a stopped seller is opened again. */
const REOPENABLE = ['name', 'closedPeriod', 'traceField'] as const;
/** What lines already recognised depend on (B7, D2). */
const FIXED = ['currency', 'accountingZone', 'goLiveDate'] as const;

/**
 * Onboards a seller. The same pair again answers the seller there is, and opens a stopped one again
 * as `onboarding`; a request that says something else than what is stored is refused (409).
 */
export async function createSeller(room: Room, wanted: NewSeller, asked: Asked): Promise<Seller> {
  const sellerId = sellerIdOf(wanted);
  const fresh: Seller = {
    ...wanted,
    sellerId,
    version: 1,
    state: 'onboarding',
    recognition: 'placed',
    ruleSetVersion: null,
    approvedBy: null,
  };
  const answer = await forSeller(room, sellerId, async (tx) => {
    if (await insertSeller(tx, fresh)) {
      await publishSeller(room, tx, fresh, asked);
      await recordStep(room, tx, fresh, stepOf(sellerEndpoints.createSeller.audit, fresh, asked));
      return fresh;
    }
    const known = await requireSeller(tx, sellerId, 'change');
    const checked = known.state === 'stopped' ? FIXED : [...FIXED, ...REOPENABLE];
    const differing = checked.filter((field) => known[field] !== wanted[field]);
    if (differing.length > 0) {
      throw conflict(
        'seller-differs',
        `Seller ${sellerId} has this Walmart account and ledger already, with another ${differing.join(', ')}.`,
      );
    }
    if (known.state !== 'stopped') return known;
    const { name, closedPeriod, traceField, polling } = wanted;
    const reopened: Seller = {
      ...known,
      ...{ name, closedPeriod, traceField, polling },
      version: known.version + 1,
      state: 'onboarding',
      approvedBy: null,
    };
    await updateSeller(tx, reopened);
    await publishSeller(room, tx, reopened, asked);
    await recordStep(room, tx, reopened, stepOf('seller-reopened', reopened, asked));
    return reopened;
  });
  crashPoint('tenant.after-commit-before-answer');
  return answer;
}

function stepOf(action: string, seller: Seller, { caller, correlationId }: Asked) {
  return {
    action,
    actor: caller.keyId,
    identity: [String(seller.version)],
    data: {
      version: seller.version,
      walmartSellerId: seller.walmartSellerId,
      ledger: seller.ledger,
      goLiveDate: seller.goLiveDate,
    },
    correlationId,
  } satisfies Step & { correlationId: string };
}
