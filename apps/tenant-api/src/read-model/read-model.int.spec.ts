import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstBreak, readChain, sealBatch } from '@mlc/audit';
import type { Envelope, JournalOutcomes, LineStates } from '@mlc/events';
import { seededRandom } from '@mlc/testing';
import { auditEvent, lineState, linesEvent, outcome, outcomesEvent } from '../spec/events.js';
import { tenantDatabase, type TenantDatabase } from '../spec/tenant-database.js';
import { readPreview } from '../sellers/preview.js';
import { projectLines } from './project-lines.js';
import { projectOutcomes } from './project-outcomes.js';
import { listLines, readProgress } from './read-lines.js';
import { readOrderTrail } from './read-trail.js';

let tenant: TenantDatabase;
beforeAll(async () => {
  tenant = await tenantDatabase();
}, 120_000);
afterAll(() => tenant.drop());

type Slice =
  | { kind: 'lines'; events: Envelope<LineStates>[] }
  | { kind: 'outcomes'; events: Envelope<JournalOutcomes>[] };

const apply = (seller: string, slice: Slice): Promise<void> =>
  tenant.db.forSellers([seller], (tx) =>
    slice.kind === 'lines' ? projectLines(tx, slice.events) : projectOutcomes(tx, slice.events),
  );

const look = (seller: string) =>
  tenant.db.forSellers([seller], async (tx) => ({
    progress: await readProgress(tx, seller),
    lines: (await listLines(tx, seller, { limit: 1000 })).items,
  }));

function history(seller: string): Slice[] {
  const emitted = (order: string, version: number, journals: string[]) =>
    lineState(order, '1', { version, state: 'emitted', journals });
  const reason = { code: 'period-closed', message: 'Closed.', advice: 'Open it.' };
  return [
    {
      kind: 'lines',
      events: ['P1', 'P2', 'P3', 'P4'].map((o) => linesEvent(seller, lineState(o, '1'))),
    },
    {
      kind: 'lines',
      events: [linesEvent(seller, emitted('P1', 2, ['j1']), emitted('P2', 2, ['j2']))],
    },
    { kind: 'lines', events: [linesEvent(seller, emitted('P1', 3, ['j1', 'j1b']))] },
    {
      kind: 'lines',
      events: [
        linesEvent(
          seller,
          lineState('P3', '1', { version: 2, state: 'exception', journaledMinor: '0' }),
        ),
        linesEvent(
          seller,
          lineState('P4', '1', { version: 2, state: 'excluded', journaledMinor: '0' }),
        ),
      ],
    },
    {
      kind: 'outcomes',
      events: [outcomesEvent(seller, outcome('j1', 1, 'accepted'), outcome('j2', 1, 'accepted'))],
    },
    {
      kind: 'outcomes',
      events: [outcomesEvent(seller, outcome('j1', 3, 'posted', { resultId: '7' }))],
    },
    {
      kind: 'outcomes',
      events: [outcomesEvent(seller, outcome('j1b', 2, 'posted', { resultId: '8' }))],
    },
    { kind: 'outcomes', events: [outcomesEvent(seller, outcome('j2', 2, 'held', { reason }))] },
  ];
}

describe('the read model', () => {
  it('comes to the same state under any order and any repeats', async () => {
    const seen: unknown[] = [];
    for (let seed = 1; seed <= 12; seed += 1) {
      const seller = `seller-${seed}`;
      const random = seededRandom(seed);
      const straight = history(seller);
      const slices =
        seed === 1 ? straight : random.shuffle([...straight, ...straight.slice(seed % 4)]);
      for (const slice of slices) await apply(seller, slice);
      seen.push(await look(seller));
    }
    expect(seen[0]).toMatchObject({
      progress: {
        lines: 4,
        byStanding: { posted: 1, held: 2, excluded: 1, pending: 0, shadow: 0 },
        poll: null,
      },
    });
    for (const state of seen) expect(state).toEqual(seen[0]);
  });

  it('keeps one standing when lines and outcomes come at the same time', async () => {
    const seller = 'at-once';
    const orders = Array.from({ length: 40 }, (_, at) => `Q${at}`);
    await Promise.all(
      orders.flatMap((order) => [
        apply(seller, {
          kind: 'lines',
          events: [
            linesEvent(
              seller,
              lineState(order, '1', { state: 'emitted', journals: [`j${order}`] }),
            ),
          ],
        }),
        apply(seller, {
          kind: 'outcomes',
          events: [outcomesEvent(seller, outcome(`j${order}`, 1, 'posted'))],
        }),
      ]),
    );
    const { progress } = await look(seller);
    expect(progress.byStanding).toEqual({
      posted: 40,
      held: 0,
      excluded: 0,
      pending: 0,
      shadow: 0,
    });
  });

  it('pages lines by standing', async () => {
    const seller = 'paged';
    const lines = Array.from({ length: 7 }, (_, at) => lineState(`R${at}`, '1'));
    await apply(seller, { kind: 'lines', events: [linesEvent(seller, ...lines)] });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 3, standing: 'shadow' as const, cursor };
      const page = await tenant.db.forSellers([seller], (tx) => listLines(tx, seller, query));
      found.push(...page.items.map((item) => item.line));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(lines.map(({ line }) => line));
  });

  it('shows a preview whose id changes with any line', async () => {
    const seller = 'previewed';
    const preview = () => tenant.db.forSellers([seller], (tx) => readPreview(tx, seller, 1));
    const empty = await preview();
    expect(empty).toMatchObject({ orders: 0, accounts: [] });
    const held = lineState('S2', '1', {
      state: 'exception',
      journaledMinor: '0',
      held: [{ reason: 'no-rule', amountMinor: '1275' }],
      excluded: [],
      bookings: [],
    });
    const lines = [lineState('S1', '1'), lineState('S1', '2'), held];
    await apply(seller, { kind: 'lines', events: [linesEvent(seller, ...lines)] });
    const first = await preview();
    expect(first).toMatchObject({
      orders: 2,
      lines: { toPost: 2, held: 1, excluded: 0 },
      accounts: [
        { account: '12000', component: 'clearing', amountMinor: '2400' },
        { account: '40000', component: 'sale', amountMinor: '-2400' },
      ],
      heldByReason: [{ reason: 'no-rule', lines: 1, amountMinor: '1275' }],
      excludedByReason: [{ reason: 'facilitator-tax', lines: 2, amountMinor: '150' }],
    });
    expect(await preview()).toEqual(first);
    await apply(seller, { kind: 'lines', events: [linesEvent(seller, { ...held, version: 2 })] });
    const ids = [empty.previewId, first.previewId, (await preview()).previewId];
    expect(new Set(ids).size).toBe(3);
  });
});

describe('the audit trail of an order', () => {
  it('finds its steps and its run groups, by purchase order or customer order, in a chain that holds', async () => {
    const seller = 'audited';
    await apply(seller, { kind: 'lines', events: [linesEvent(seller, lineState('T1', '1'))] });
    const events = [
      auditEvent(seller, 'r1', { orders: ['T1'] }),
      auditEvent(seller, 'r2', { orders: ['T2'] }),
      auditEvent(seller, 'r3', { orders: ['T1', 'T2'], runGroup: 'RG1' }),
      auditEvent(seller, 'r4', { runGroup: 'RG1' }),
      auditEvent(seller, 'r5', { runGroup: 'RG2' }),
    ];
    const seal = (batch: typeof events) =>
      tenant.db.forSellers([seller], (tx) => sealBatch(tx, batch));
    expect(await seal(events.slice(0, 3))).toBe(3);
    expect(await seal(events)).toBe(2);
    const trail = (order: string) =>
      tenant.db.forSellers([seller], (tx) => readOrderTrail(tx, seller, order));
    const byPurchaseOrder = await trail('T1');
    expect(byPurchaseOrder.entries.map((entry) => [entry.recordId, entry.chainIndex])).toEqual([
      ['r1', 1],
      ['r3', 3],
      ['r4', 4],
    ]);
    expect((await trail('CT1')).entries).toEqual(byPurchaseOrder.entries);
    expect((await trail('T9')).entries).toEqual([]);
    const chain = await tenant.db.forSellers([seller], (tx) =>
      readChain(tx, { seller, after: 0n, limit: 100 }),
    );
    expect(firstBreak(chain)).toBeNull();
    expect(chain.map((sealed) => sealed.hash)).toEqual(
      expect.arrayContaining(byPurchaseOrder.entries.map((entry) => entry.chainHash)),
    );
  });
});
