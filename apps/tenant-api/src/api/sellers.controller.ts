import { sellerEndpoints } from '@mlc/api';
import { VaultClient } from '@mlc/credentials';
import type { Clock } from '@mlc/kernel';
import { CLOCK, CONFIG, Database } from '@mlc/service-kit';
import { Controller, Inject } from '@nestjs/common';
import type { TenantConfig } from '../config.js';
import * as activation from '../sellers/activation.js';
import { ping, pollNow } from '../sellers/commands.js';
import { createSeller } from '../sellers/create-seller.js';
import { readPreview } from '../sellers/preview.js';
import { publishRuleSet } from '../sellers/publish-rule-set.js';
import type { Room } from '../sellers/room.js';
import { sealCloudSuite, sealWalmart } from '../sellers/seal-credentials.js';
import { forSeller, listSellers, requireSeller } from '../sellers/seller-store.js';
import { readCursor, writeCursor } from './cursor.js';
import { type AnswerOf, type CallOf, Checked, Serve } from './serve.js';

type Ends = typeof sellerEndpoints;
type CallTo<K extends keyof Ends> = CallOf<Ends[K]>;
type Answer<K extends keyof Ends> = Promise<AnswerOf<Ends[K]>>;

@Controller()
export class SellersController {
  private readonly room: Room;

  constructor(
    @Inject(Database) db: Database,
    @Inject(CLOCK) clock: Clock,
    @Inject(VaultClient) private readonly vault: VaultClient,
    @Inject(CONFIG) private readonly config: TenantConfig,
  ) {
    this.room = { db, clock };
  }

  @Serve(sellerEndpoints.createSeller)
  createSeller(@Checked() call: CallTo<'createSeller'>): Answer<'createSeller'> {
    return createSeller(this.room, call.body, call);
  }

  @Serve(sellerEndpoints.listSellers)
  async listSellers(@Checked() { query }: CallTo<'listSellers'>): Answer<'listSellers'> {
    const { limit } = query;
    const found = await listSellers(this.room, {
      after: readCursor(query.cursor),
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, next: found.length > limit && last ? writeCursor(last.sellerId) : null };
  }

  @Serve(sellerEndpoints.readSeller)
  readSeller(@Checked() { params }: CallTo<'readSeller'>): Answer<'readSeller'> {
    return forSeller(this.room, params.sellerId, (tx) => requireSeller(tx, params.sellerId));
  }

  @Serve(sellerEndpoints.sealWalmart)
  sealWalmart(@Checked() call: CallTo<'sealWalmart'>): Answer<'sealWalmart'> {
    return sealWalmart(this.room, this.vault, call);
  }

  @Serve(sellerEndpoints.sealCloudSuite)
  sealCloudSuite(@Checked() call: CallTo<'sealCloudSuite'>): Answer<'sealCloudSuite'> {
    return sealCloudSuite(this.room, this.vault, call);
  }

  @Serve(sellerEndpoints.publishRuleSet)
  publishRuleSet(@Checked() call: CallTo<'publishRuleSet'>): Answer<'publishRuleSet'> {
    return publishRuleSet(this.room, call.params.sellerId, call.body, call);
  }

  @Serve(sellerEndpoints.setPolling)
  setPolling(@Checked() call: CallTo<'setPolling'>): Answer<'setPolling'> {
    return activation.setPolling(this.room, call);
  }

  @Serve(sellerEndpoints.ping)
  ping(@Checked() call: CallTo<'ping'>): Answer<'ping'> {
    return ping(this.room, {
      sellerId: call.params.sellerId,
      asked: call,
      timeoutMs: this.config.PING_TIMEOUT_MS,
    });
  }

  @Serve(sellerEndpoints.startShadow)
  startShadow(@Checked() call: CallTo<'startShadow'>): Answer<'startShadow'> {
    return activation.startShadow(this.room, call.params.sellerId, call);
  }

  @Serve(sellerEndpoints.preview)
  preview(@Checked() { params }: CallTo<'preview'>): Answer<'preview'> {
    return forSeller(this.room, params.sellerId, async (tx) => {
      const seller = await requireSeller(tx, params.sellerId);
      return readPreview(tx, seller.sellerId, seller.ruleSetVersion);
    });
  }

  @Serve(sellerEndpoints.approve)
  approve(@Checked() call: CallTo<'approve'>): Answer<'approve'> {
    return activation.approve(this.room, call);
  }

  @Serve(sellerEndpoints.stop)
  stop(@Checked() call: CallTo<'stop'>): Answer<'stop'> {
    return activation.stop(this.room, call);
  }

  @Serve(sellerEndpoints.pollNow)
  pollNow(@Checked() call: CallTo<'pollNow'>): Answer<'pollNow'> {
    return pollNow(this.room, call.params.sellerId, call, call.body.since);
  }
}
