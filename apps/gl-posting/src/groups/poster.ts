import type { PostingContext } from './posting-context.js';
import { SellerPoster } from './seller-poster.js';

/** Sellers looked at in one transaction. */
const SELLERS_A_LOOK = 500;

/**
 * Finds sellers with work and runs one poster for each, side by side: a slow ledger holds up nobody else.
 * Whoever is over goes on at the next tick, in this process or another.
 */
export class Poster {
  readonly #context: PostingContext;
  readonly #running = new Map<string, { poster: SellerPoster; done: Promise<void> }>();
  readonly #stop = new AbortController();

  constructor(context: PostingContext) {
    this.#context = context;
  }

  /** After a commit that may have made work for these sellers. */
  kick(sellers: readonly string[]): void {
    for (const seller of sellers) {
      const running = this.#running.get(seller);
      if (running) running.poster.kick();
      else this.#start(seller);
    }
  }

  /** Starts a poster for every seller that has something to freeze or to finish. */
  async tick(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    for (const seller of await this.#sellersWithWork()) this.#start(seller);
  }

  /** Lets running calls end; groups stay where their rows say they are. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
  }

  #start(seller: string): void {
    const { settings, log } = this.#context;
    if (this.#stop.signal.aborted || this.#running.has(seller)) return;
    if (this.#running.size >= settings.SELLERS_AT_ONCE) return;
    const poster = new SellerPoster(this.#context, seller);
    const done = poster
      .run(this.#stop.signal)
      .then(() => undefined)
      .catch((error: unknown) => {
        log.error(
          { err: error, seller },
          'posting of a seller stopped; it goes on at the next tick',
        );
      })
      .finally(() => {
        this.#running.delete(seller);
      });
    this.#running.set(seller, { poster, done });
  }

  async #sellersWithWork(): Promise<string[]> {
    const { db } = this.#context;
    const known = await db.asSystem((tx) =>
      tx.query<{ seller_id: string }>(`SELECT seller_id FROM posting.seller ORDER BY seller_id`),
    );
    const ids = known.map((row) => row.seller_id).filter((id) => !this.#running.has(id));
    const found: string[] = [];
    for (let at = 0; at < ids.length; at += SELLERS_A_LOOK) {
      const some = ids.slice(at, at + SELLERS_A_LOOK);
      const rows = await db.forSellers(some, (tx) =>
        tx.query<{ seller_id: string }>(
          `SELECT s.seller_id FROM posting.seller s
            WHERE (s.state = 'live' AND EXISTS (
                    SELECT 1 FROM posting.journal j WHERE j.seller_id = s.seller_id AND j.state = 'accepted'))
               OR EXISTS (SELECT 1 FROM posting.run_group g WHERE g.seller_id = s.seller_id
                    AND g.state NOT IN ('posted', 'discarded', 'held'))`,
        ),
      );
      found.push(...rows.map((row) => row.seller_id));
    }
    return found;
  }
}
