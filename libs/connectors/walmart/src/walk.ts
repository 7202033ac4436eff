import { err, failure, ok, type Result } from '@mlc/kernel';
import { type WalmartClient } from './client.js';
import { type OrderPage, type OrderWindow } from './pages.js';

export interface WalkedPage extends OrderPage {
  /** From 1. */
  readonly number: number;
}

/** Walmart ends a query at 10,000 orders; pages past this would be a server that goes in circles. */
const MAX_PAGES = 200;

/**
 * The pages of a window, one after the other. The walk is whole when it ends without a failure: no
 * cursor, an empty page, or `hasMoreElements=false`. A cursor that repeats is a server that did not
 * advance: whole only if every order it counted had been listed by then.
 */
export async function* walkOrders(
  client: Pick<WalmartClient, 'readFirstPage' | 'readNextPage'>,
  window: OrderWindow,
): AsyncGenerator<Result<WalkedPage>> {
  const cursors = new Set<string>();
  const listed = new Set<string>();
  let read = await client.readFirstPage(window);
  for (let number = 1; ; number += 1) {
    if (!read.ok) {
      yield read;
      return;
    }
    const page = read.value;
    yield ok({ ...page, number });
    for (const order of page.orders) listed.add(order.purchaseOrderId);
    const cursor = page.nextCursor;
    if (cursor === null) return;
    if (cursors.has(cursor)) {
      if (page.totalCount !== null && listed.size >= page.totalCount) return;
      yield incomplete(
        'its cursor repeats, so that pages are missing',
        listed.size,
        page.totalCount,
      );
      return;
    }
    if (number >= MAX_PAGES) {
      yield incomplete(`it has more than ${MAX_PAGES} pages`, listed.size, page.totalCount);
      return;
    }
    cursors.add(cursor);
    read = await client.readNextPage(cursor);
  }
}

function incomplete(why: string, listed: number, totalCount: number | null): Result<never> {
  return err(
    failure(
      'unavailable',
      'walmart.list-incomplete',
      `the order list is not complete: ${why}; what was listed is kept and the window is read again at the next poll`,
      { detail: { listed, totalCount } },
    ),
  );
}
