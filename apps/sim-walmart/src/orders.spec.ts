import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS, NOW, SELLER, SpecWorld, idsOf, orderAt, type Page } from './spec-world.js';

const HOUR_MS = 3_600_000;
let world: SpecWorld;

beforeEach(async () => {
  world = await SpecWorld.start();
});
afterEach(() => world.close());

const iso = (at: number): string => new Date(at).toISOString();

async function pagesOf(first: Page['list']): Promise<Page['list'][]> {
  const pages = [first];
  let last = first;
  while (last.meta.nextCursor?.includes('hasMoreElements=true')) {
    last = await world.page(`/v3/orders${last.meta.nextCursor}`);
    pages.push(last);
  }
  return pages;
}

describe('orders list, defaults (Walmart orders API, endpoints and parameters)', () => {
  it('limits by creation of the last seven days even when only lastModified is sent (fact 0.1)', async () => {
    await world.orders([
      orderAt('old-but-changed', 20 * DAY_MS, { modified: NOW - HOUR_MS }),
      orderAt('young', DAY_MS),
    ]);
    const changed = `lastModifiedStartDate=${iso(NOW - 2 * DAY_MS)}`;
    expect(idsOf(await world.page(`/v3/orders?${changed}`))).toEqual(['young']);
    const both = `${changed}&createdStartDate=${iso(NOW - 179 * DAY_MS)}`;
    expect(idsOf(await world.page(`/v3/orders?${both}`))).toEqual(['old-but-changed', 'young']);
  });

  it('shows only SellerFulfilled orders unless another type is asked for (fact 0.2)', async () => {
    await world.orders([
      orderAt('own', DAY_MS),
      orderAt('wfs', DAY_MS, { shipNodeType: 'WFSFulfilled' }),
      orderAt('third', DAY_MS, { shipNodeType: '3PLFulfilled' }),
    ]);
    expect(idsOf(await world.page('/v3/orders'))).toEqual(['own']);
    expect(idsOf(await world.page('/v3/orders?shipNodeType=WFSFulfilled'))).toEqual(['wfs']);
    expect(idsOf(await world.page('/v3/orders?shipNodeType=3PLFulfilled'))).toEqual(['third']);
  });

  it('moves a start older than 180 days without an error; only the cursor tells (2.1)', async () => {
    await world.orders([
      orderAt('too-old', 181 * DAY_MS),
      orderAt('kept', 179 * DAY_MS),
      orderAt('new', DAY_MS),
    ]);
    const page = await world.page('/v3/orders?createdStartDate=2020-01-01&limit=1');
    expect(page.meta.totalCount).toBe(2);
    expect(page.meta.nextCursor).toContain(`createdStartDate=${iso(NOW - 180 * DAY_MS)}`);
  });

  it('answers 404 CONTENT_NOT_FOUND when the window holds nothing (2.2)', async () => {
    const reply = await world.get('/v3/orders');
    expect(reply.status).toBe(404);
    expect(reply.text).toContain('CONTENT_NOT_FOUND');
  });

  it('filters by line status, sku and ids, and refuses what it cannot read (2.1)', async () => {
    const shipped = {
      orderLineStatuses: { orderLineStatus: [{ status: 'Shipped' }] },
      item: { sku: 'B/2' },
    };
    await world.orders([
      orderAt('one', DAY_MS),
      orderAt('two', DAY_MS, { order: { orderLines: { orderLine: [shipped] } } }),
    ]);
    expect(idsOf(await world.page('/v3/orders?status=Shipped'))).toEqual(['two']);
    expect(idsOf(await world.page('/v3/orders?sku=B%2F2'))).toEqual(['two']);
    expect(idsOf(await world.page('/v3/orders?customerOrderId=c-one'))).toEqual(['one']);
    expect(idsOf(await world.page('/v3/orders?purchaseOrderId=one'))).toEqual(['one']);
    for (const bad of ['limit=201', 'limit=x', 'createdStartDate=yesterday', 'status=Lost']) {
      expect((await world.get(`/v3/orders?${bad}`)).status).toBe(400);
    }
  });

  it('shows the replacement fields only with replacementInfo=true (2.1)', async () => {
    const order = { orderType: 'REPLACEMENT', originalCustomerOrderID: '7' };
    await world.orders([orderAt('r', DAY_MS, { order })]);
    const [bare] = (await world.page('/v3/orders')).elements.order;
    expect(bare).not.toHaveProperty('orderType');
    const [full] = (await world.page('/v3/orders?replacementInfo=true')).elements.order;
    expect(full).toMatchObject(order);
    expect((await world.get('/v3/orders/r')).text).not.toContain('orderType');
    expect((await world.get('/v3/orders/r?replacementInfo=true')).text).toContain('REPLACEMENT');
    const regular = await world.get('/v3/orders?replacementInfo=true&orderType=REGULAR');
    expect(regular.status).toBe(404);
  });

  it('shows only lines in Created under released', async () => {
    const shipped = { orderLineStatuses: { orderLineStatus: [{ status: 'Shipped' }] } };
    await world.orders([
      orderAt('open', DAY_MS),
      orderAt('gone', DAY_MS, { order: { orderLines: { orderLine: [shipped] } } }),
    ]);
    expect(idsOf(await world.page('/v3/orders/released'))).toEqual(['open']);
  });
});

describe('orders list, cursor (fact 0.3, 2.2)', () => {
  const ids = Array.from({ length: 25 }, (_, at) => `po-${String(at).padStart(2, '0')}`);

  beforeEach(async () => {
    await world.orders(ids.map((id, at) => orderAt(id, (at + 1) * HOUR_MS)));
  });

  it('is a complete query string; appended as it is, it gives every order once', async () => {
    const first = await world.page('/v3/orders?limit=10&replacementInfo=true');
    const cursor = first.meta.nextCursor ?? '';
    expect(cursor).toMatch(
      /^\?limit=10&hasMoreElements=true&soIndex=25&poIndex=10&partnerId=90001/,
    );
    expect(cursor).toContain('replacementInfo=true');
    const pages = await pagesOf(first);
    expect(pages.map((page) => page.elements.order.length)).toEqual([10, 10, 5]);
    expect(pages.flatMap(idsOf).sort()).toEqual(ids);
    expect(pages.at(-1)?.meta.nextCursor).toContain('hasMoreElements=false');
  });

  it('answers page 1 again when sent as nextCursor= or spelled anew', async () => {
    const first = await world.page('/v3/orders?limit=10');
    const cursor = first.meta.nextCursor ?? '';
    const sent = await world.page(`/v3/orders?limit=10&nextCursor=${encodeURIComponent(cursor)}`);
    expect(idsOf(sent)).toEqual(idsOf(first));
    const spelled = await world.page(`/v3/orders?${new URLSearchParams(cursor).toString()}`);
    expect(idsOf(spelled)).toEqual(idsOf(first));
    const moved = await world.page(`/v3/orders${cursor}`);
    expect(idsOf(moved)).not.toEqual(idsOf(first));
  });

  it('freezes createdEndDate at the first call', async () => {
    const first = await world.page('/v3/orders?limit=10');
    expect(first.meta.nextCursor).toContain(`createdEndDate=${iso(NOW)}`);
    world.time.now += 2 * HOUR_MS;
    await world.orders([orderAt('later', -HOUR_MS)]);
    const rest = await pagesOf(await world.page(`/v3/orders${first.meta.nextCursor}`));
    expect([first, ...rest].flatMap(idsOf).sort()).toEqual(ids);
    expect(idsOf(await world.page('/v3/orders?limit=1'))).toEqual(['later']);
  });

  it('keeps a lastModified window through all pages', async () => {
    const target = `/v3/orders?limit=4&lastModifiedStartDate=${iso(NOW - 10 * HOUR_MS)}`;
    const pages = await pagesOf(await world.page(target));
    expect(pages.flatMap(idsOf).sort()).toEqual(ids.slice(0, 10));
  });

  it('lets a row slip when an order changes while a lastModified window is paged (section 11)', async () => {
    const window = `lastModifiedStartDate=${iso(NOW - 40 * HOUR_MS)}&lastModifiedEndDate=${iso(NOW)}`;
    const first = await world.page(`/v3/orders?limit=10&${window}`);
    const leaving = orderAt('po-03', 4 * HOUR_MS);
    const { order } = leaving;
    await world.control('PATCH', `/sellers/${SELLER}/orders/po-03`, {
      modified: NOW + HOUR_MS,
      order,
    });
    const rest = await pagesOf(await world.page(`/v3/orders${first.meta.nextCursor}`));
    const seen = [first, ...rest].flatMap(idsOf);
    expect(ids.filter((id) => !seen.includes(id))).toEqual(['po-10']);
  });

  it('cannot be followed beyond the cap of a query (2.1)', async () => {
    await world.close();
    world = await SpecWorld.start(0, 10);
    await world.orders(ids.map((id, at) => orderAt(id, (at + 1) * HOUR_MS)));
    const first = await world.page('/v3/orders?limit=10');
    expect((await world.get(`/v3/orders${first.meta.nextCursor}`)).status).toBe(400);
  });
});

describe('list and single order (2.7, section 11)', () => {
  it('gives a wrong orderDate in about one list row of a hundred, some across a day border', async () => {
    await world.close();
    world = await SpecWorld.start(1);
    const count = 3000;
    await world.orders(
      Array.from({ length: count }, (_, at) => orderAt(`d-${at}`, DAY_MS + at * 1000)),
    );
    const rows = (await pagesOf(await world.page('/v3/orders?limit=200'))).flatMap(
      ({ elements }) => elements.order,
    );
    const right = new Map(
      Array.from({ length: count }, (_, at) => [`d-${at}`, NOW - DAY_MS - at * 1000]),
    );
    const wrong = rows.filter(
      (row) => row['orderDate'] !== right.get(String(row['purchaseOrderId'])),
    );
    expect(rows).toHaveLength(count);
    expect(wrong.length).toBeGreaterThan(10);
    expect(wrong.length).toBeLessThan(60);
    const dayOf = (at: unknown): string => iso(Number(at)).slice(0, 10);
    const shown = wrong.map((row) => [row, right.get(String(row['purchaseOrderId']))] as const);
    expect(shown.some(([row, at]) => dayOf(row['orderDate']) !== dayOf(at))).toBe(true);
    const one = String(wrong[0]?.['purchaseOrderId']);
    const single = (await world.get(`/v3/orders/${one}`)).json() as {
      order: { orderDate: number };
    };
    expect(single.order.orderDate).toBe(right.get(one));
  });

  it('can leave the ship node out of lists only', async () => {
    await world.orders([
      orderAt('absent', DAY_MS, { list: { shipNode: 'absent' } }),
      orderAt('empty', 2 * DAY_MS, { list: { shipNode: 'empty' } }),
    ]);
    const [absent, empty] = (await world.page('/v3/orders')).elements.order;
    expect(absent).not.toHaveProperty('shipNode');
    expect(empty?.['shipNode']).toEqual({});
    expect((await world.get('/v3/orders/absent')).text).toContain('"id":"node-1"');
  });

  it('serves the committed text to the letter, and 404 for an unknown order', async () => {
    const order =
      '{"purchaseOrderId":"t","orderDate":1,"amount":12.30,"orderLines":{"orderLine":[]}}';
    await world.orders([{ shipNodeType: 'SellerFulfilled', created: NOW, modified: NOW, order }]);
    expect((await world.get('/v3/orders/t')).text).toBe(`{"order":${order}}`);
    expect((await world.get('/v3/orders/none')).status).toBe(404);
  });
});

describe('items (section 7)', () => {
  it('answers by SKU with the shelf as a JSON array inside a string', async () => {
    const sku = 'MUG/12 oz & more';
    await world.control('POST', `/sellers/${SELLER}/items`, [
      { sku, productType: 'Mugs', shelf: ['Home Page', 'Kitchen'] },
    ]);
    const reply = await world.get(`/v3/items/${encodeURIComponent(sku)}?productIdType=SKU`);
    const { ItemResponse } = reply.json() as { ItemResponse: Record<string, unknown>[] };
    expect(ItemResponse[0]).toMatchObject({
      sku,
      productType: 'Mugs',
      shelf: '["Home Page","Kitchen"]',
    });
    const unknown = await world.get('/v3/items/none?productIdType=SKU');
    expect(unknown.status).toBe(404);
    expect(unknown.text).toContain('CONTENT_NOT_FOUND.GMP_ITEM_QUERY_API');
    expect((await world.get('/v3/items/none')).status).toBe(400);
  });
});
