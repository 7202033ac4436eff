import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  auditRecorded,
  type JournalPayload,
  journalEmitted,
  type LineStates,
  lineStatesChanged,
} from '@mlc/events';
import { freshDatabase } from '@mlc/testing';
import { applyOutcomes } from './apply-outcomes.js';
import { recomputeDue } from './recompute-job.js';
import { recordRuleSets } from './seller-registry.js';
import { clock, MappingWorld, ruleSet, SELLER, snapshot } from './spec/mapping-world.js';

let world: MappingWorld;

beforeEach(async () => {
  world = await MappingWorld.make(freshDatabase);
}, 60_000);

afterEach(async () => {
  await world.close();
});

const journals = async () =>
  (await world.emitted(journalEmitted.type)).map(({ payload }) => payload as JournalPayload);
const revisions = () =>
  world.rows<{ line: string; revision: number; kind: string; entries: unknown }>(
    `SELECT line, revision, kind, wanted_date::text AS date, entries FROM mapping.revision
      ORDER BY line COLLATE "C", revision`,
  );
const lines = () =>
  world.rows<{ purchase_order_id: string; position: unknown; state: { state: string } }>(
    `SELECT purchase_order_id, line_number, revision, position, state FROM mapping.order_line
      ORDER BY purchase_order_id, line_number`,
  );
const recompute = () =>
  recomputeDue(world.db, clock, {
    onFailure: (_seller, error) => {
      throw error;
    },
  });
const states = async () => (await lines()).map(({ state }) => state.state);

describe('mapping over PostgreSQL', () => {
  it('emits a sale once, with its line state and its audit record', async () => {
    await world.know({}, ruleSet());
    await world.take(snapshot('1001', { lines: 2 }));
    await world.take(snapshot('1001', { lines: 2 }));
    const [journal, ...others] = await journals();
    expect(others).toEqual([]);
    expect(journal).toMatchObject({
      kind: 'sale',
      wantedDate: '2026-11-20',
      documentNumber: '21001',
    });
    expect(journal?.members.map(({ line }) => line)).toEqual([
      'US/10001/1001/1',
      'US/10001/1001/2',
    ]);
    const said = await world.emitted(lineStatesChanged.type);
    expect(said).toHaveLength(1);
    const [first] = (said[0]?.payload as LineStates).lines;
    expect(first).toMatchObject({
      state: 'emitted',
      version: 1,
      journals: [journal?.journalId],
      journaledMinor: '1999',
      excluded: [{ reason: 'facilitator-tax', amountMinor: '165' }],
    });
    const audited = await world.emitted(auditRecorded.type);
    expect(audited.map(({ payload }) => payload)).toMatchObject([
      { action: 'order-mapped', orders: ['1001'], journals: [journal?.journalId] },
    ]);
    expect(said[0]?.correlationId).toBe(audited[0]?.correlationId);
    expect(said[0]?.causationId).not.toBeNull();
  });

  it('ends in the same tables for duplicated and reordered batches (B6)', async () => {
    const history = [
      snapshot('1001'),
      snapshot('1002'),
      snapshot('1001', { version: 2, price: '17.99' }),
      snapshot('1001', { version: 3, price: '0', cancelled: true }),
      snapshot('1002', { version: 2, price: '25.00' }),
    ];
    await world.know({}, ruleSet());
    for (const one of history) await world.take(one);
    expect(
      (await revisions()).map(({ line, revision, kind }) => `${line} ${revision} ${kind}`),
    ).toEqual([
      'US/10001/1001/1 1 sale',
      'US/10001/1001/1 2 correction',
      'US/10001/1001/1 3 cancel',
      'US/10001/1002/1 1 sale',
      'US/10001/1002/1 2 correction',
    ]);
    const before = {
      lines: await lines(),
      revisions: await revisions(),
      journals: await journals(),
    };
    await world.take(...[...history].reverse(), ...history);
    for (const one of [...history].reverse()) await world.take(one);
    expect({
      lines: await lines(),
      revisions: await revisions(),
      journals: await journals(),
    }).toEqual(before);
    const positions = before.lines.map(({ position }) => position);
    expect(positions[0]).toEqual([]);

    const other = await MappingWorld.make(freshDatabase);
    try {
      await other.know({}, ruleSet());
      await other.take(...[...history].reverse());
      const rows = await other.rows<{ position: unknown }>(
        'SELECT position FROM mapping.order_line ORDER BY purchase_order_id',
      );
      expect(rows.map(({ position }) => position)).toEqual(positions);
    } finally {
      await other.close();
    }
  });

  it('makes one revision when two transactions compute one order at once', async () => {
    await world.know({}, ruleSet());
    const racing = ['1001', '1002', '1003'].map((id) => snapshot(id));
    await Promise.all([
      world.take(...racing),
      world.take(...[...racing].reverse()),
      world.take(...racing),
    ]);
    expect(await revisions()).toHaveLength(3);
    expect(await journals()).toHaveLength(3);

    await world.know({ version: 2, goLiveDate: '2026-10-01' });
    await Promise.all([recompute(), recompute(), world.take(...racing)]);
    expect(await revisions()).toHaveLength(3);
    expect(await world.rows('SELECT 1 FROM mapping.recompute')).toEqual([]);
  });

  it('shows in shadow and emits nothing; going live emits what was shown', async () => {
    await world.take(snapshot('1001'));
    expect(await states()).toEqual([]);
    await world.know({ state: 'shadow', approvedBy: null }, ruleSet());
    await recompute();
    await world.take(snapshot('1002'));
    expect(await states()).toEqual(['shadow', 'shadow']);
    expect(await revisions()).toEqual([]);
    expect(await journals()).toEqual([]);

    await world.know({ version: 2, state: 'live' });
    expect(await recompute()).toBe(2);
    expect(await states()).toEqual(['emitted', 'emitted']);
    expect(await journals()).toHaveLength(2);
    expect(await recompute()).toBe(0);
  });

  it('only stores facts until the active rule set is here', async () => {
    await world.know({ ruleSetVersion: 2 }, ruleSet(1));
    await world.take(snapshot('1001'));
    await recompute();
    expect(await lines()).toEqual([]);
    await world.within((tx) => recordRuleSets(tx, [ruleSet(2, '40300')]));
    await recompute();
    const [journal] = await journals();
    expect(journal?.lines.map(({ account }) => account).sort()).toEqual(['11500', '40300']);
  });

  it('computes page by page what a changed rule set asks for, and proposes instead of moving (B5)', async () => {
    await world.know({}, ruleSet());
    const many = Array.from({ length: 205 }, (_, at) => snapshot(String(5000 + at)));
    await world.take(...many);
    await world.know({ version: 2, ruleSetVersion: 2 }, ruleSet(2, '40300'));
    expect(await recompute()).toBeGreaterThanOrEqual(205);
    expect(new Set(await states())).toEqual(new Set(['proposal']));
    expect(await revisions()).toHaveLength(205);
  });

  it('gives up the revisions of a withdrawn journal and emits the line anew (E3, E4)', async () => {
    await world.know({}, ruleSet());
    await world.take(snapshot('1001'));
    const [first] = await journals();
    const outcome = async (version: number, state: 'accepted' | 'withdrawn') => {
      const [envelope] = await world.emitted(journalEmitted.type);
      if (!envelope || !first) throw new Error('no journal was emitted');
      const decided = {
        journalId: first.journalId,
        version,
        state,
        runGroup: null,
        postingDate: null,
        resultId: null,
        reason: null,
      };
      const payload = { ledger: first.ledger, outcomes: [decided] };
      await world.within((tx) =>
        applyOutcomes(tx, [{ ...envelope, seller: SELLER, payload }], clock),
      );
    };
    await outcome(2, 'accepted');
    await outcome(1, 'withdrawn');
    expect(await revisions()).toHaveLength(1);
    await outcome(3, 'withdrawn');
    await outcome(3, 'withdrawn');
    expect((await revisions()).map(({ revision, kind }) => `${revision} ${kind}`)).toEqual([
      '1 sale',
      '2 sale',
    ]);
    const [line] = await lines();
    const all = await revisions();
    expect(line?.position).toEqual(all[1]?.entries);
    expect(await journals()).toHaveLength(2);
  });
});
