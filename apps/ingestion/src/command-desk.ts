import { type Answer, type Command, commandAnswered, commandSchema, draft } from '@mlc/events';
import { type Clock, isoInstant } from '@mlc/kernel';
import { appendToOutbox } from '@mlc/messaging';
import type { Database, Tx } from '@mlc/postgres';
import type { WalmartClient } from '@mlc/walmart';
import type { Logger } from 'pino';
import type { PollDesk } from './poll-desk.js';

export interface ReceivedCommand {
  readonly command: Command;
  readonly market: string;
}

interface CommandRow {
  command_id: string;
  seller_id: string;
  market: string;
  command: unknown;
}

const MAX_RUNNING = 16;
const HOUR_MS = 3_600_000;
const REACH_MS = 179 * 24 * HOUR_MS;

type Finding = Pick<Answer, 'ok' | 'message' | 'detail'>;

/** Keeps a command until it is answered; one seen before changes nothing. */
export async function storeCommands(
  tx: Tx,
  received: readonly ReceivedCommand[],
  receivedAt: number,
): Promise<void> {
  const mine = received.filter(({ command }) => command.command.target === 'ingestion');
  if (mine.length === 0) return;
  await tx.execute(
    `insert into ingestion.command (command_id, seller_id, market, command, received_at)
     select id, seller, market, command::jsonb, $1
       from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as told (id, seller, market, command)
     on conflict (command_id) do nothing`,
    [
      isoInstant(receivedAt),
      mine.map(({ command }) => command.commandId),
      mine.map(({ command }) => command.sellerId),
      mine.map(({ market }) => market),
      mine.map(({ command }) => JSON.stringify(command)),
    ],
  );
}

/** Does what commands ask, outside the consumer, and records each answer once. */
export class CommandDesk {
  readonly #running = new Map<string, Promise<void>>();

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly work: {
      readonly polls: PollDesk;
      readonly clientOf: (sellerId: string) => WalmartClient;
    },
  ) {}

  /** Starts the open commands that are not running yet; does not wait for them. */
  async startOpen(): Promise<void> {
    if (this.#running.size >= MAX_RUNNING) return;
    const rows = await this.db.asSystem((tx) =>
      tx.query<CommandRow>(
        `select command_id, seller_id, market, command from ingestion.command
          where answered_at is null order by received_at limit $1`,
        [MAX_RUNNING],
      ),
    );
    for (const row of rows) {
      if (this.#running.has(row.command_id)) continue;
      const running = this.#run(row).finally(() => this.#running.delete(row.command_id));
      this.#running.set(row.command_id, running);
    }
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }

  async #run(row: CommandRow): Promise<void> {
    try {
      const finding = await this.#find(commandSchema.parse(row.command));
      await this.#answer(row, finding);
    } catch (cause) {
      if (this.work.polls.signal.aborted) return;
      // It stays open and is tried again at the next look.
      this.logger.error({ seller: row.seller_id, err: cause }, 'command broke off');
    }
  }

  #find(command: Command): Promise<Finding> {
    return command.command.kind === 'ping'
      ? this.#ping(command.sellerId)
      : this.#pollNow(command.sellerId, command.command.since);
  }

  async #ping(sellerId: string): Promise<Finding> {
    const now = this.clock.now();
    const page = await this.work.clientOf(sellerId).readFirstPage({
      shipNodeType: 'SellerFulfilled',
      createdFrom: now - REACH_MS,
      modifiedFrom: now - HOUR_MS,
      modifiedTo: now,
    });
    if (!page.ok) {
      const { code, kind, message } = page.error;
      return { ok: false, message, detail: { code, kind } };
    }
    const changed = page.value.totalCount ?? page.value.orders.length;
    return {
      ok: true,
      message: `Walmart answers: the seller's orders can be read (${changed} changed within the last hour).`,
      detail: { changedWithinAnHour: changed },
    };
  }

  async #pollNow(sellerId: string, since: string | null): Promise<Finding> {
    const from = since === null ? null : Date.parse(since);
    const answer = await this.work.polls.pollNow(sellerId, from);
    if (answer === 'held-elsewhere') {
      return {
        ok: false,
        message: 'Another poll of this seller has not ended; try again when it has.',
        detail: { code: 'ingestion.poll-running' },
      };
    }
    if ('refused' in answer) {
      const { code, kind, message } = answer.refused;
      return { ok: false, message, detail: { code, kind } };
    }
    const { pollId, counts, watermark, failure } = answer.report;
    const detail = {
      pollId,
      ...counts,
      watermark: watermark === null ? null : isoInstant(watermark),
    };
    if (failure) {
      return { ok: false, message: failure.message, detail: { ...detail, code: failure.code } };
    }
    return {
      ok: true,
      message: `Read ${counts.ordersListed} orders on ${counts.pages} pages: ${counts.snapshotsAdded} were new or changed (${counts.linesAdded} lines).`,
      detail,
    };
  }

  async #answer(row: CommandRow, finding: Finding): Promise<void> {
    const now = this.clock.now();
    await this.db.forSellers([row.seller_id], async (tx) => {
      const first = await tx.execute(
        'update ingestion.command set answered_at = $2 where command_id = $1 and answered_at is null',
        [row.command_id, isoInstant(now)],
      );
      if (first === 0) return;
      await appendToOutbox(tx, 'ingestion', [
        draft(commandAnswered, {
          seller: row.seller_id,
          market: row.market,
          occurredAt: now,
          correlationId: row.command_id,
          causationId: row.command_id,
          identity: [row.command_id, 'ingestion'],
          payload: { commandId: row.command_id, by: 'ingestion', ...finding },
        }),
      ]);
    });
  }
}
