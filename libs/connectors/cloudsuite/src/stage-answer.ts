import { boundedJson, membersOf, textOf } from './bounded-json.js';
import { RUN_GROUP, SEQUENCE } from './fsm-names.js';
import type { Verdict } from './response-class.js';

export interface StageReading extends Pick<Verdict, 'class' | 'message'> {
  readonly refusedLines: ReadonlyMap<number, string>;
}

const MAX_LINE_TEXT = 300;

/**
 * Reads a batch create's 200. It is not atomic: every sent record needs its own element, found by
 * sequence number, without an `exception` and with a message that ends in `created`. An element for a
 * line we did not send, two for one line, or a batch status other than 0 beside all successes, and nothing is
 * proven.
 */
export function readStageAnswer(
  body: string,
  runGroup: string,
  sent: ReadonlySet<number>,
): StageReading | null {
  const value = boundedJson(body);
  if (!Array.isArray(value)) return null;
  const elements: readonly unknown[] = value;
  const created = new Set<number>();
  const refused = new Map<number, string>();
  let status: string | undefined;
  for (const element of elements) {
    const members = membersOf(element);
    if (!members) return null;
    if (members.has('batchStatus')) {
      status = textOf(members.get('batchStatus'));
      continue;
    }
    const sequence = sequenceOf(members, runGroup);
    if (sequence === null || !sent.has(sequence)) return null;
    if (created.has(sequence) || refused.has(sequence)) return null;
    if (members.has('exception')) refused.set(sequence, exceptionText(members.get('exception')));
    else if (textOf(members.get('message'))?.trim().endsWith('created')) created.add(sequence);
    else return null;
  }
  if (created.size + refused.size !== sent.size) return null;
  if (refused.size === 0) {
    return status === '0'
      ? { class: 'ACCEPTED', message: `${created.size} lines created`, refusedLines: refused }
      : null;
  }
  return {
    class: created.size === 0 ? 'REJECTED' : 'PARTIAL',
    message: `${refused.size} of ${sent.size} lines refused: ${[...refused.values()][0] ?? ''}`,
    refusedLines: refused,
  };
}

function sequenceOf(element: ReadonlyMap<string, unknown>, runGroup: string): number | null {
  const fields = membersOf(element.get('_fields'));
  const echoed = textOf(fields?.get(RUN_GROUP));
  if (echoed !== undefined && echoed.trim().toUpperCase() !== runGroup) return null;
  return sequenceNumber(textOf(fields?.get(SEQUENCE)));
}

/** FSM pads keys with spaces or zeros. */
export function sequenceNumber(text: string | undefined): number | null {
  const match = /^\s*0*(\d{1,12})\s*$/.exec(text ?? '');
  return match ? Number(match[1]) : null;
}

function exceptionText(exception: unknown): string {
  const text = textOf(membersOf(exception)?.get('message')) ?? textOf(exception);
  return (text ?? 'refused without a reason').slice(0, MAX_LINE_TEXT);
}
