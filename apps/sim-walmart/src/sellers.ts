import type { Clock } from '@mlc/kernel';
import { SellerBooks, type SellerIdentity } from './books.js';
import type { ListQuirk } from './order-text.js';
import type { TokenDesk } from './token-desk.js';

/** All sellers one simulator serves. */
export class Sellers {
  private readonly byId = new Map<string, SellerBooks>();
  private readonly byClient = new Map<string, SellerBooks>();

  constructor(
    private readonly clock: Clock,
    private readonly quirk: ListQuirk,
    private readonly tokens: TokenDesk,
  ) {}

  /** Adds a seller or changes its client; a changed client ends the tokens of the old one. */
  put(walmartSellerId: string, identity: SellerIdentity): SellerBooks {
    const owner = this.byClient.get(identity.clientId);
    if (owner && owner.walmartSellerId !== walmartSellerId) {
      throw new TypeError(`client ${identity.clientId} belongs to seller ${owner.walmartSellerId}`);
    }
    let seller = this.byId.get(walmartSellerId);
    if (seller) {
      const { clientId, clientSecret } = seller.identity;
      if (clientId !== identity.clientId || clientSecret !== identity.clientSecret) {
        this.byClient.delete(clientId);
        this.tokens.revokeOf(walmartSellerId);
      }
      seller.identity = identity;
    } else {
      seller = new SellerBooks(walmartSellerId, identity, this.clock, this.quirk);
      this.byId.set(walmartSellerId, seller);
    }
    this.byClient.set(identity.clientId, seller);
    return seller;
  }

  get(walmartSellerId: string): SellerBooks | undefined {
    return this.byId.get(walmartSellerId);
  }

  ofClient(clientId: string): SellerBooks | undefined {
    return this.byClient.get(clientId);
  }

  get count(): number {
    return this.byId.size;
  }
}
