import { type Preview, sellerEndpoints } from '@mlc/api';
import type { Seller } from '@mlc/events';
import type { Tx } from '@mlc/postgres';
import { conflict } from '../api/refusal.js';
import type { CallOf } from '../api/serve.js';
import { changeSeller } from './change-seller.js';
import { isCloudSuiteReached } from './commands.js';
import { readPreview } from './preview.js';
import type { Asked, Room } from './room.js';

type Approve = CallOf<typeof sellerEndpoints.approve>;
type Stop = CallOf<typeof sellerEndpoints.stop>;
type SetPolling = CallOf<typeof sellerEndpoints.setPolling>;

const VENDOR_SYSTEMS = ['walmart', 'cloudsuite'] as const;

export function setPolling(room: Room, { params, body, ...asked }: SetPolling): Promise<Seller> {
  return changeSeller(room, params.sellerId, asked, (_tx, seller) => {
    const { everyMs, paused } = seller.polling;
    if (everyMs === body.everyMs && paused === body.paused) return null;
    return {
      next: { ...seller, polling: body },
      step: {
        action: sellerEndpoints.setPolling.audit,
        actor: asked.caller.keyId,
        identity: [String(seller.version + 1)],
        data: { ...body },
      },
    };
  });
}

/** B8: onboarding to shadow, once both credentials are sealed and there are rules. */
export function startShadow(room: Room, sellerId: string, asked: Asked): Promise<Seller> {
  return changeSeller(room, sellerId, asked, async (tx, seller) => {
    if (seller.state === 'shadow') return null;
    if (seller.state !== 'onboarding') {
      throw conflict(
        'wrong-state',
        `Shadow starts from onboarding; this seller is ${seller.state}.`,
      );
    }
    const missing = await missingFor(tx, seller);
    if (missing.length > 0) {
      throw conflict('not-ready', `Shadow needs first: ${missing.join(', ')}.`);
    }
    return {
      next: { ...seller, state: 'shadow' },
      step: {
        action: sellerEndpoints.startShadow.audit,
        actor: asked.caller.keyId,
        identity: [String(seller.version + 1)],
        data: { ruleSetVersion: seller.ruleSetVersion },
      },
    };
  });
}

async function missingFor(tx: Tx, seller: Seller): Promise<string[]> {
  const rows = await tx.query<{ system: string }>(
    'select system from tenant.sealed_credential where seller_id = $1',
    [seller.sellerId],
  );
  const sealed = new Set(rows.map(({ system }) => system));
  return [
    ...VENDOR_SYSTEMS.filter((system) => !sealed.has(system)).map(
      (system) => `the sealed credentials of ${system}`,
    ),
    ...(seller.ruleSetVersion === null ? ['a rule set'] : []),
  ];
}

/**
 * B8: a named person has seen the preview; what it showed is emitted. Refused when the preview has
 * changed since, or when the ledger was not reached with the newest rules.
 */
export function approve(room: Room, { params, body, ...asked }: Approve): Promise<Seller> {
  return changeSeller(room, params.sellerId, asked, async (tx, seller) => {
    if (seller.state === 'live' && (await wasApproved(tx, seller.sellerId, body))) return null;
    if (seller.state !== 'shadow') {
      throw conflict(
        'wrong-state',
        `Only a seller in shadow is approved; this one is ${seller.state}.`,
      );
    }
    const preview = await readPreview(tx, seller.sellerId, seller.ruleSetVersion);
    if (preview.previewId !== body.previewId) {
      throw conflict(
        'preview-changed',
        'What would be posted has changed since this preview; read it again and approve that.',
      );
    }
    if (!(await isCloudSuiteReached(tx, seller.sellerId, seller.ruleSetVersion))) {
      throw conflict(
        'not-pinged',
        'The newest ping did not find CloudSuite and the accounts of the newest rules; ping, then approve.',
      );
    }
    await keepApproval(room, tx, { seller, preview, approvedBy: body.approvedBy });
    return {
      next: { ...seller, state: 'live', approvedBy: body.approvedBy },
      step: {
        action: sellerEndpoints.approve.audit,
        actor: body.approvedBy,
        identity: [String(seller.version + 1)],
        data: { ...preview, key: asked.caller.keyId },
      },
    };
  });
}

async function wasApproved(tx: Tx, sellerId: string, body: Approve['body']): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from tenant.approval
      where seller_id = $1 and preview_id = $2 and approved_by = $3
        and seller_version = (select max(seller_version) from tenant.approval where seller_id = $1)`,
    [sellerId, body.previewId, body.approvedBy],
  );
  return rows.length > 0;
}

async function keepApproval(
  { clock }: Room,
  tx: Tx,
  of: { seller: Seller; preview: Preview; approvedBy: string },
): Promise<void> {
  const { seller, preview, approvedBy } = of;
  await tx.execute(
    `insert into tenant.approval
       (seller_id, seller_version, preview_id, approved_by, approved_at, preview)
     values ($1, $2, $3, $4, $5, $6::jsonb)`,
    [
      seller.sellerId,
      seller.version + 1,
      preview.previewId,
      approvedBy,
      new Date(clock.now()),
      JSON.stringify(preview),
    ],
  );
}

/** B8: nothing more is frozen or submitted; what is in flight runs to its outcome. */
export function stop(room: Room, { params, body, ...asked }: Stop): Promise<Seller> {
  return changeSeller(room, params.sellerId, asked, (_tx, seller) => {
    if (seller.state === 'stopped') return null;
    return {
      next: { ...seller, state: 'stopped' },
      step: {
        action: sellerEndpoints.stop.audit,
        actor: body.stoppedBy,
        identity: [String(seller.version + 1)],
        data: { reason: body.reason, from: seller.state },
      },
    };
  });
}
