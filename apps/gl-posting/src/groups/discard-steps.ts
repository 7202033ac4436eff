import type { Tx } from '@mlc/postgres';
import type { JournalChange } from './outcomes.js';
import { lookAtGroup } from './look-at-group.js';
import { pollMs, type Turn } from './posting-context.js';
import { postedBy } from './posted.js';
import { evidence, type RunGroupTurn } from './run-group-turn.js';
import { type Condemnation, loadMembers, type Reason } from './run-group-store.js';
import { failedLook } from './waits.js';

/** Discards asked for before a person is. */
const MAX_DISCARDS = 5;

/** Texts of refused lines by journal; a journal's first one stands for it. */
export async function refusalsByJournal(
  turn: RunGroupTurn,
  lines: ReadonlyMap<number, string>,
): Promise<Record<string, string>> {
  if (lines.size === 0) return {};
  const { group, context } = turn;
  const members = await context.db.forSellers([group.sellerId], (tx) =>
    loadMembers(tx, group.runGroup),
  );
  const refused: Record<string, string> = {};
  for (const [sequence, text] of [...lines].sort(([a], [b]) => a - b)) {
    const member = members.find(
      ({ firstRow, rowCount }) => sequence >= firstRow && sequence < firstRow + rowCount,
    );
    if (member) refused[member.journalId] ??= text;
  }
  return refused;
}

/** F4, F6: why the rows go is committed before the first call for it. */
export async function beginDiscard(
  turn: RunGroupTurn,
  verdict: Condemnation,
  nothingStaged: boolean,
): Promise<Turn> {
  if (nothingStaged) return finishDiscard(turn, verdict);
  return turn.move({
    to: 'discard-intended',
    change: { verdict, look: null },
    audit: {
      action: 'run-group-condemned',
      data: { purpose: verdict.purpose, refused: verdict.refused, resultId: verdict.resultId },
    },
  });
}

/**
 * Asks for the deletion and waits until staging is empty. Rows that are still there after the settle time are
 * asked for again: they are condemned, and their run group is never used for anything else.
 */
export async function discardGroup(turn: RunGroupTurn): Promise<Turn> {
  const { group, context } = turn;
  const { settings } = context;
  const look = await lookAtGroup(turn);
  if (!look.ok) return failedLook(turn, look);
  const verdict = group.verdict ?? { purpose: 'stopped' as const, refused: {}, resultId: null };
  if (look.staged.shape === 'none') {
    // Interfaced before the rows could be deleted: a newer result than the one that condemned them.
    const condemnedBy = BigInt(verdict.resultId ?? '0');
    const later = look.result && look.result.id > condemnedBy ? look.result : null;
    if (!later) return finishDiscard(turn, verdict);
    if (look.shape === 'passed') return postedBy(turn, later, 'another');
    return turn.hold({
      code: 'discard-raced',
      message: `run group ${group.runGroup} got another result while its rows were discarded`,
      advice: 'look the run group up in CloudSuite: was anything of it posted?',
    });
  }
  const asked = group.discards > 0;
  if (asked && group.discardAgeMs < settings.SETTLE_MS) {
    return { kind: 'wait', ms: pollMs(settings, turn.waits) };
  }
  if (group.discards >= MAX_DISCARDS) {
    return turn.hold({
      code: 'discard-refused',
      message: `CloudSuite did not delete the staged rows of run group ${group.runGroup}`,
      advice:
        'delete the run group in CloudSuite (is a journalize pending?); the journals keep their place',
    });
  }
  await turn.intend({ note: { discardIntendedAt: 'now', discards: group.discards + 1 } });
  const answer = await turn.port.discard(group);
  context.log.info({ runGroup: group.runGroup, ...evidence(answer) }, 'discard asked for');
  return { kind: 'wait', ms: pollMs(settings, 0) };
}

/** F6: who was refused is rejected with CloudSuite's text; the others may be frozen again. */
async function finishDiscard(turn: RunGroupTurn, verdict: Condemnation): Promise<Turn> {
  const { group, context } = turn;
  const members = await context.db.forSellers([group.sellerId], (tx) =>
    loadMembers(tx, group.runGroup),
  );
  const journals = members.map(({ journalId }): JournalChange => {
    const text = verdict.refused[journalId];
    return text === undefined
      ? { journalId, state: 'accepted' }
      : { journalId, state: 'rejected', reason: rejection(text) };
  });
  const action = verdict.purpose === 'rejected' ? 'run-group-rejected' : 'run-group-discarded';
  return turn.move({
    to: 'discarded',
    change: { verdict },
    journals,
    also: (tx) => freeMembers(tx, group.runGroup),
    audit: { action, data: { refused: verdict.refused, resultId: verdict.resultId } },
  });
}

async function freeMembers(tx: Tx, runGroup: string): Promise<void> {
  await tx.execute(`UPDATE posting.run_group_member SET discarded = true WHERE run_group = $1`, [
    runGroup,
  ]);
}

/** CloudSuite's own words, and what a person can do about them (D3 for periods). */
function rejection(text: string): Reason {
  const period = /period/i.test(text);
  return {
    code: period ? 'rejected-period' : 'rejected-line',
    message: text,
    advice: period
      ? 'open the period in CloudSuite for the GL system; the journal keeps its place'
      : 'correct the account, unit or dimension in CloudSuite or in the rules; the journal keeps its place',
  };
}
