import { recordAudit } from '@mlc/audit';
import type { ChartAccount } from '@mlc/cloudsuite';
import { type Answer, type Command, commandAnswered, draft, type Seller } from '@mlc/events';
import { isoInstant, uuidOf } from '@mlc/kernel';
import { appendToOutbox } from '@mlc/messaging';
import { SCHEMA, SERVICE } from '../groups/outcomes.js';
import type { PostingContext } from '../groups/posting-context.js';

const COMMANDS_A_TICK = 20;

interface Asked {
  readonly command_id: string;
  readonly seller_id: string;
  readonly market: string;
  readonly correlation_id: string;
  readonly cause: string;
  readonly body: Command;
  readonly age_ms: string;
}

/**
 * Answers pings: can the seller's chart be read, and may the accounts its rules name be posted to (C7)? A
 * seller not announced yet is waited for a little; its topic is another one.
 */
export async function answerPings(context: PostingContext): Promise<void> {
  const asked = await context.db.asSystem((tx) =>
    tx.query<Asked>(
      `SELECT command_id, seller_id, market, correlation_id, cause, body,
              (extract(epoch FROM posting.db_now() - asked_at) * 1000)::bigint AS age_ms
         FROM posting.command WHERE NOT answered ORDER BY asked_at LIMIT $1`,
      [COMMANDS_A_TICK],
    ),
  );
  await Promise.all(asked.map((command) => answerOne(context, command)));
}

async function answerOne(context: PostingContext, asked: Asked): Promise<void> {
  const seller = await registered(context, asked.seller_id);
  if (!seller && Number(asked.age_ms) < context.settings.PING_DEADLINE_MS) return;
  const verdict = seller
    ? await ping(context, seller, accountsOf(asked.body))
    : {
        ok: false,
        message:
          'gl-posting has not heard of this seller yet; is tenant.seller.v1 being published?',
        detail: {},
      };
  await settle(context, asked, { commandId: asked.command_id, by: SERVICE, ...verdict });
}

function accountsOf(body: Command): readonly string[] {
  return body.command.kind === 'ping' ? body.command.accounts : [];
}

async function registered(context: PostingContext, sellerId: string): Promise<Seller | null> {
  const rows = await context.db.forSellers([sellerId], (tx) =>
    tx.query<{ body: Seller }>(`SELECT body FROM posting.seller WHERE seller_id = $1`, [sellerId]),
  );
  return rows[0]?.body ?? null;
}

type Verdict = Pick<Answer, 'ok' | 'message' | 'detail'>;

async function ping(
  context: PostingContext,
  seller: Seller,
  accounts: readonly string[],
): Promise<Verdict> {
  const chart = await context.ledgerOf(seller).listChart(seller.ledger);
  if (chart.ok) return judgeAccounts(chart.rows, accounts);
  const { class: kind, message, transactionId } = chart.verdict;
  return {
    ok: false,
    message: `The chart of accounts of ${seller.ledger.tenant} could not be read (${message}). Check the .ionapi file and the service account's rights.`,
    detail: { class: kind, transactionId },
  };
}

/** C7: listed, active, and not reserved for a subledger of CloudSuite's own. */
export function judgeAccounts(
  chart: readonly ChartAccount[],
  accounts: readonly string[],
): Verdict {
  const byAccount = new Map(chart.map((account) => [account.account, account]));
  const wanted = [...new Set(accounts)];
  const missing = wanted.filter((account) => !byAccount.has(account));
  const inactive = wanted.filter((account) => byAccount.get(account)?.active === false);
  const restricted = wanted.filter((account) => unusable(byAccount.get(account)));
  const troubles = [
    [missing, 'not in the chart'],
    [inactive, 'not active'],
    [restricted, 'restricted to a subledger'],
  ] as const;
  const said = troubles
    .filter(([list]) => list.length > 0)
    .map(([list, what]) => `${what}: ${list.slice(0, 20).join(', ')}`);
  const detail = { accountsRead: chart.length, missing, inactive, restricted };
  if (said.length > 0) {
    const advice = 'Correct the rules or the chart, then ping again.';
    return {
      ok: false,
      message: `Accounts that cannot be posted to: ${said.join('; ')}. ${advice}`,
      detail,
    };
  }
  return {
    ok: true,
    message: `${chart.length} accounts read, ${wanted.length} named accounts usable. Revenue goes to the general ledger and will not show in receivables ageing.`,
    detail,
  };
}

/** Empty and 0 mean that nothing is restricted. */
function unusable(account: ChartAccount | undefined): boolean {
  return account !== undefined && !['', '0', 'false'].includes(account.restriction.toLowerCase());
}

/** The answer, and that the command is answered, are one transaction; a second answerer changes nothing. */
async function settle(context: PostingContext, asked: Asked, answer: Answer): Promise<void> {
  const { db, clock, anchor } = context;
  await db.forSellers([asked.seller_id], async (tx) => {
    const first = await tx.execute(
      `UPDATE posting.command SET answered = true WHERE command_id = $1 AND NOT answered`,
      [asked.command_id],
    );
    if (first === 0) return;
    await appendToOutbox(tx, SCHEMA, [
      draft(commandAnswered, {
        seller: asked.seller_id,
        market: asked.market,
        occurredAt: clock.now(),
        correlationId: asked.correlation_id,
        causationId: asked.cause,
        identity: [asked.command_id, SERVICE],
        payload: answer,
      }),
    ]);
    await recordAudit(tx, SCHEMA, [
      {
        seller: asked.seller_id,
        market: asked.market,
        correlationId: asked.correlation_id,
        record: {
          recordId: uuidOf('cloudsuite-pinged', asked.command_id),
          at: isoInstant(clock.now()),
          service: SERVICE,
          action: 'cloudsuite-pinged',
          actor: asked.body.issuedBy,
          orders: [],
          runGroup: null,
          journals: [],
          data: { ok: answer.ok, message: answer.message },
        },
      },
    ]);
    tx.afterCommit(() => anchor.kick());
  });
}
