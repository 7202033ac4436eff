import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type AnswerOf } from '../api/serve.js';
import { sellerEndpoints } from '@mlc/api';
import { crashPoint } from '@mlc/crash-points';
import { type Command, commandIssued, draft, type Seller } from '@mlc/events';
import { appendToOutbox } from '@mlc/messaging';
import type { Tx } from '@mlc/postgres';
import { conflict } from '../api/refusal.js';
import { recordStep } from './change-seller.js';
import { newestRuleSet } from './publish-rule-set.js';
import type { Asked, Room } from './room.js';
import { forSeller, requireSeller } from './seller-store.js';

const LOOK_EVERY_MS = 100;

type Pinged = AnswerOf<typeof sellerEndpoints.ping>;
type Order = Command['command'];

/** Stores and publishes commands; each counts only when its owner's answer is back. */
async function issue(
  { clock }: Room,
  tx: Tx,
  of: { seller: Seller; asked: Asked; ruleSetVersion: number | null; orders: readonly Order[] },
): Promise<string[]> {
  const { seller, asked, ruleSetVersion, orders } = of;
  const commands = orders.map((command) => ({
    commandId: randomUUID(),
    sellerId: seller.sellerId,
    issuedBy: asked.caller.keyId,
    command,
  }));
  await tx.execute(
    `insert into tenant.command (seller_id, command_id, kind, target, rule_set_version, issued_by, issued_at)
     select $1, c.command_id, c.kind, c.target, $2::int, $3, $4
       from unnest($5::text[], $6::text[], $7::text[]) as c (command_id, kind, target)`,
    [
      seller.sellerId,
      ruleSetVersion,
      asked.caller.keyId,
      new Date(clock.now()),
      commands.map(({ commandId }) => commandId),
      orders.map(({ kind }) => kind),
      orders.map(({ target }) => target),
    ],
  );
  await appendToOutbox(
    tx,
    'tenant',
    commands.map((payload) =>
      draft(commandIssued, {
        seller: seller.sellerId,
        market: seller.market,
        occurredAt: clock.now(),
        correlationId: asked.correlationId,
        identity: [payload.commandId],
        payload,
      }),
    ),
  );
  return commands.map(({ commandId }) => commandId);
}

/**
 * Asks ingestion to reach Walmart and gl-posting to reach CloudSuite and look up the rules' accounts,
 * and waits for both answers, at most `timeoutMs`.
 */
export async function ping(
  room: Room,
  of: { sellerId: string; asked: Asked; timeoutMs: number },
): Promise<Pinged> {
  const { sellerId, asked, timeoutMs } = of;
  const [walmart, cloudsuite] = await forSeller(room, sellerId, async (tx) => {
    const seller = await requireSeller(tx, sellerId);
    const rules = await newestRuleSet(tx, sellerId);
    const accounts = [...(rules?.accounts ?? [])];
    const ids = await issue(room, tx, {
      seller,
      asked,
      ruleSetVersion: rules?.version ?? null,
      orders: [
        { kind: 'ping', target: 'ingestion', accounts: [] },
        { kind: 'ping', target: 'gl-posting', accounts },
      ],
    });
    await recordStep(room, tx, seller, {
      action: sellerEndpoints.ping.audit,
      actor: asked.caller.keyId,
      identity: ids,
      data: { commands: ids, accounts: accounts.length, ruleSetVersion: rules?.version ?? null },
      correlationId: asked.correlationId,
    });
    return ids;
  });
  crashPoint('tenant.after-commit-before-answer');
  const wanted = [walmart ?? '', cloudsuite ?? ''];
  const until = room.clock.monotonicMs() + timeoutMs;
  let answers = await readAnswers(room, sellerId, wanted);
  while (answers.size < wanted.length && room.clock.monotonicMs() < until) {
    await pause(LOOK_EVERY_MS);
    answers = await readAnswers(room, sellerId, wanted);
  }
  const told = (id: string, who: string): Pinged['walmart'] =>
    answers.get(id) ?? {
      ok: false,
      message: `${who} did not answer within ${timeoutMs} ms; see whether it runs, then ping again.`,
      detail: {},
    };
  return {
    walmart: told(wanted[0] ?? '', 'ingestion'),
    cloudsuite: told(wanted[1] ?? '', 'gl-posting'),
  };
}

async function readAnswers(
  room: Room,
  sellerId: string,
  commandIds: readonly string[],
): Promise<Map<string, Pinged['walmart']>> {
  const rows = await forSeller(room, sellerId, (tx) =>
    tx.query<{ command_id: string; ok: boolean; message: string; detail: Record<string, unknown> }>(
      `select command_id, ok, message, detail from tenant.command
        where seller_id = $1 and command_id = any($2::text[]) and answered_at is not null`,
      [sellerId, commandIds],
    ),
  );
  return new Map(
    rows.map(({ command_id, ok, message, detail }) => [command_id, { ok, message, detail }]),
  );
}

/** Whether the newest ping of CloudSuite was answered well and looked up the accounts of these rules. */
export async function isCloudSuiteReached(
  tx: Tx,
  sellerId: string,
  ruleSetVersion: number | null,
): Promise<boolean> {
  const [newest] = await tx.query<{ ok: boolean | null; rule_set_version: number | null }>(
    `select ok, rule_set_version from tenant.command
      where seller_id = $1 and kind = 'ping' and target = 'gl-posting'
      order by number desc limit 1`,
    [sellerId],
  );
  return newest?.ok === true && newest.rule_set_version === ruleSetVersion;
}

/** Asks ingestion for one poll now, from `since` or the watermark on; the seller must be reading. */
export async function pollNow(
  room: Room,
  sellerId: string,
  asked: Asked,
  since: string | null,
): Promise<{ commandId: string }> {
  const commandId = await forSeller(room, sellerId, async (tx) => {
    const seller = await requireSeller(tx, sellerId);
    if (seller.state !== 'shadow' && seller.state !== 'live') {
      throw conflict(
        'not-reading',
        `A seller in state ${seller.state} is not read; start its shadow first.`,
      );
    }
    const [id = ''] = await issue(room, tx, {
      seller,
      asked,
      ruleSetVersion: null,
      orders: [{ kind: 'poll-now', target: 'ingestion', since }],
    });
    await recordStep(room, tx, seller, {
      action: sellerEndpoints.pollNow.audit,
      actor: asked.caller.keyId,
      identity: [id],
      data: { command: id, since },
      correlationId: asked.correlationId,
    });
    return id;
  });
  crashPoint('tenant.after-commit-before-answer');
  return { commandId };
}
