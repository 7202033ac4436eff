import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { acquireLease } from '@mlc/postgres';
import { waitFor } from '@mlc/testing';
import { answerPings } from './commands/answer-pings.js';
import { Poster } from './groups/poster.js';
import { loadRunGroup, moveRunGroup } from './groups/run-group-store.js';
import { journalOf, PostingWorld, SELLER } from './spec/posting-world.js';

let world: PostingWorld;
let posters: Poster[] = [];

beforeEach(async () => {
  world = await PostingWorld.make();
  world.startRelay();
});

afterEach(async () => {
  await Promise.all(posters.map((poster) => poster.stop()));
  posters = [];
  await world.close();
});

/** Another process on the same database. */
function startPoster(context = world.context()): Poster {
  const poster = new Poster(context);
  posters.push(poster);
  poster.kick([SELLER]);
  return poster;
}

function settled(states: Record<string, number>): Promise<unknown> {
  return waitFor(
    async () => {
      expect(await world.states()).toEqual(states);
      return true;
    },
    { timeoutMs: 20_000, describe: `journals ${JSON.stringify(states)}` },
  );
}

const orders = (count: number) => Array.from({ length: count }, (_, at) => `17960000000${10 + at}`);

describe('posting a run group', () => {
  it('stages, reads back, submits once and posts with the evidence (F1 to F5)', async () => {
    await world.accept(...orders(3).map((order) => journalOf(order)));
    startPoster();
    await settled({ posted: 3 });
    const [group] = await world.query<{ run_group: string; state: string; row_count: number }>(
      'SELECT run_group, state, row_count FROM posting.run_group',
    );
    expect(group).toMatchObject({ state: 'posted', row_count: 6 });
    expect(world.fsm.count('stage')).toBe(1);
    expect(world.fsm.count('submit')).toBe(1);
    expect(world.fsm.posted).toHaveLength(6);
    expect(world.fsm.posted[1]).toMatchObject({
      Reference: orders(1)[0],
      AccountCode: '40000',
      TransactionAmount: '-19.990',
      PostingDate: '20261123',
      Description: `SALE 2026-11-23 SKU-${orders(1)[0] ?? ''}`,
    });
    expect(await world.actions()).toEqual([
      'journals-accepted',
      'run-group-frozen',
      'run-group-staged',
      'run-group-submitted',
      'run-group-posted',
    ]);
    const [journal] = await world.query(
      'SELECT result_id, posting_date, version, run_group FROM posting.journal LIMIT 1',
    );
    expect(journal).toEqual({
      result_id: '6001',
      posting_date: '2026-11-23',
      version: 3,
      run_group: group?.run_group,
    });
  });

  it('splits at 500 lines and keeps several groups in flight', async () => {
    await world.accept(...orders(600).map((order) => journalOf(order)));
    startPoster();
    await settled({ posted: 600 });
    const groups = await world.query<{ row_count: number }>(
      'SELECT row_count FROM posting.run_group ORDER BY row_count DESC',
    );
    expect(groups.map((group) => group.row_count)).toEqual([500, 500, 200]);
    expect(world.fsm.posted).toHaveLength(1200);
  });

  it('sends a later revision of a line only after the earlier one is posted (B2)', async () => {
    const [order = ''] = orders(1);
    await world.accept(journalOf(order, { revision: 2, amountMinor: -500, kind: 'correction' }));
    const poster = startPoster();
    await poster.tick();
    expect(await world.states()).toEqual({ accepted: 1 });
    await world.accept(journalOf(order));
    await poster.tick();
    await settled({ posted: 2 });
    expect(world.fsm.posted.map((row) => row['TransactionAmount'])).toEqual([
      '19.990',
      '-19.990',
      '-5.000',
      '5.000',
    ]);
  });

  it('sends nothing for a seller that is not live (B8)', async () => {
    await world.announce({ state: 'stopped' });
    await world.accept(journalOf('17960000000010'));
    const poster = startPoster();
    await poster.tick();
    await poster.stop();
    expect(await world.states()).toEqual({ accepted: 1 });
    expect(world.fsm.seen).toEqual([]);
  });
});

describe('answers that never came (F4, G)', () => {
  it('looks a lost stage up instead of staging again', async () => {
    world.fsm.drop('stage');
    await world.accept(journalOf('17960000000010'));
    startPoster();
    await settled({ posted: 1 });
    expect(world.fsm.count('stage')).toBe(1);
    expect(world.fsm.posted).toHaveLength(2);
    expect(await world.actions()).toContain('run-group-unknown');
  });

  it('finds the result of a submit that was lost with its process, and never submits again (F5)', async () => {
    world.fsm.drop('submit');
    await world.accept(journalOf('17960000000010'));
    const context = world.context();
    const dying = new Poster({
      ...context,
      ledgerOf: (seller) => {
        const port = context.ledgerOf(seller);
        // The process is gone the moment the submit is on its way.
        const real = port.submit.bind(port);
        port.submit = async (group) => {
          await real(group);
          return new Promise(() => undefined);
        };
        return port;
      },
    });
    dying.kick([SELLER]);
    await waitFor(() => world.fsm.count('submit') === 1);
    await world.db.asSystem((tx) =>
      tx.execute(`UPDATE posting.lease SET held_until = '-infinity', token = token + 1`),
    );
    startPoster();
    await settled({ posted: 1 });
    expect(world.fsm.count('submit')).toBe(1);
    expect(world.fsm.posted).toHaveLength(2);
  });

  it('stages again only after three looks found nothing (G2)', async () => {
    await world.accept(journalOf('17960000000010'));
    const context = world.context();
    let lost = 0;
    const poster = startPoster({
      ...context,
      ledgerOf: (seller) => {
        const port = context.ledgerOf(seller);
        const real = port.stage.bind(port);
        port.stage = async (group, frozen) => {
          if (lost > 0) return real(group, frozen);
          lost += 1;
          return {
            class: 'UNKNOWN',
            status: null,
            transactionId: null,
            message: 'reset before it arrived',
            retryAfterMs: null,
            refusedLines: new Map(),
          };
        };
        return port;
      },
    });
    await settled({ posted: 1 });
    await poster.stop();
    const before = world.fsm.seen.findIndex((one) => one.action === 'stage');
    const looks = world.fsm.seen.slice(0, before).filter((one) => one.action === 'list-staging');
    // One before the lost call, three that missed, one before the call that came through.
    expect(looks).toHaveLength(5);
    expect(await world.actions()).toContain('run-group-found-absent');
  });
});

describe('what CloudSuite refuses (F6)', () => {
  it('is rejected with its text, and the innocent journals go in a new group', async () => {
    world.fsm.refusedAccounts.set('49999', 'Account 49999 does not exist');
    const [bad = '', ...good] = orders(4);
    await world.accept(
      journalOf(bad, { account: '49999' }),
      ...good.map((order) => journalOf(order)),
    );
    startPoster();
    await settled({ posted: 3, rejected: 1 });
    const groups = await world.query<{ state: string; attempt: number }>(
      'SELECT state, attempt FROM posting.run_group ORDER BY attempt',
    );
    expect(groups).toEqual([
      { state: 'discarded', attempt: 1 },
      { state: 'posted', attempt: 2 },
    ]);
    expect(world.fsm.posted.map((row) => row['Reference'])).not.toContain(bad);
    expect(world.fsm.posted).toHaveLength(6);
    expect(world.fsm.staging.size).toBe(0);
    const [rejected] = await world.query<{ reason: { message: string; advice: string } }>(
      `SELECT reason FROM posting.journal WHERE state = 'rejected'`,
    );
    expect(rejected?.reason.message).toBe('Account 49999 does not exist');
    expect(rejected?.reason.advice).toContain('account');
  });

  it('rejects a line that staging refused, discards the rest and sends it again', async () => {
    world.fsm.refusedAtLoad.set('48888', 'invalid date format');
    const [bad = '', ...good] = orders(3);
    await world.accept(
      ...good.map((order) => journalOf(order)),
      journalOf(bad, { account: '48888' }),
    );
    startPoster();
    await settled({ posted: 2, rejected: 1 });
    expect(world.fsm.count('submit')).toBe(1);
    expect(world.fsm.posted).toHaveLength(4);
  });

  it('discards what was staged when the seller is stopped before the submit (B8)', async () => {
    await world.accept(journalOf('17960000000010'));
    const context = world.context();
    startPoster({
      ...context,
      ledgerOf: (seller) => {
        const port = context.ledgerOf(seller);
        const real = port.stage.bind(port);
        port.stage = async (group, frozen) => {
          await world.announce({ state: 'stopped' });
          return real(group, frozen);
        };
        return port;
      },
    });
    await settled({ accepted: 1 });
    await waitFor(() => world.fsm.count('discard') === 1 && world.fsm.staging.size === 0);
    expect(world.fsm.count('submit')).toBe(0);
  });
});

describe('journals that come again (E1)', () => {
  it('are nothing when they are the same, in one batch or later', async () => {
    const journal = journalOf('17960000000010');
    await world.accept(journal, journal);
    await world.accept(journal);
    startPoster();
    await settled({ posted: 1 });
    await world.accept(journal);
    expect(await world.states()).toEqual({ posted: 1 });
    expect(world.fsm.posted).toHaveLength(2);
  });

  it('are quarantined with other content; the first content stands', async () => {
    const journal = journalOf('17960000000010');
    await world.accept(journal);
    const other = {
      ...journalOf('17960000000010', { amountMinor: 1 }),
      journalId: journal.journalId,
    };
    await world.accept(other);
    await world.accept(other);
    startPoster();
    await settled({ posted: 1 });
    const kept = await world.query('SELECT content_hash FROM posting.quarantined_journal');
    expect(kept).toEqual([{ content_hash: other.contentHash }]);
    expect(world.fsm.posted[0]?.['TransactionAmount']).toBe('19.990');
    expect(await world.actions()).toContain('journal-quarantined');
  });

  it('are held before they are sent when they do not balance, or take a revision twice (A2)', async () => {
    const crooked = journalOf('17960000000010');
    const thief = {
      ...journalOf('17960000000011', { revision: 3 }),
      members: journalOf('17960000000012').members,
    };
    await world.accept(
      { ...crooked, lines: crooked.lines.slice(0, 1).concat(crooked.lines.slice(0, 1)) },
      journalOf('17960000000012'),
      thief,
    );
    startPoster();
    await settled({ held: 2, posted: 1 });
    const held = await world.query<{ code: string }>(
      `SELECT reason->>'code' AS code FROM posting.journal WHERE state = 'held' ORDER BY 1`,
    );
    expect(held.map((row) => row.code)).toEqual(['journal-unbalanced', 'revision-taken']);
  });
});

describe('one writer (F10)', () => {
  it('refuses the writes of a process whose lease went to another', async () => {
    await world.accept(journalOf('17960000000010'));
    world.fsm.drop('stage');
    const context = world.context();
    const slow = { ...context, settings: { ...context.settings, SETTLE_MS: 60_000 } };
    const poster = startPoster(slow);
    await waitFor(() => world.fsm.count('stage') === 1);
    await settled({ unknown: 1 });
    const [{ run_group: name } = { run_group: '' }] = await world.query<{ run_group: string }>(
      'SELECT run_group FROM posting.run_group',
    );
    await poster.stop();
    const lease = await acquireLease(world.db, `post/${SELLER}`, 1000);
    const write = world.db.forSellers([SELLER], async (tx) => {
      const group = await loadRunGroup(tx, name);
      if (!group) throw new Error('no such group');
      await moveRunGroup(tx, { group, fence: (lease?.token ?? 0n) + 7n, to: 'staged' });
    });
    await expect(write).rejects.toThrow('in other hands');
    await lease?.release();
  });
});

describe('pings', () => {
  it('read the chart and judge the named accounts (C7)', async () => {
    await world.ask('command-1', ['11500', '77777']);
    await world.ask('command-2', ['11500']);
    await answerPings(world.context());
    await answerPings(world.context());
    expect(world.fsm.count('list-chart')).toBe(2);
    const records = await world.query<{ data: { ok: boolean; message: string } }>(
      `SELECT record->'data' AS data FROM posting.audit_record ORDER BY record->'data'->>'ok'`,
    );
    expect(records.map((row) => row.data.ok)).toEqual([false, true]);
    expect(records[0]?.data.message).toContain('77777');
  });
});
