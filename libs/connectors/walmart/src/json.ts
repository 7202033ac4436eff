import { err, failure, ok, type Result } from '@mlc/kernel';
import { parse } from 'lossless-json';

/** Deeper bodies are refused: walking them could exhaust the stack. */
export const MAX_DEPTH = 32;

export type Wire = null | boolean | string | number | readonly Wire[] | WireObject;
export interface WireObject {
  readonly [key: string]: Wire | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether brackets nest deeper than `limit`; text in strings does not count. */
export function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at += 1;
      while (at < text.length && text.charCodeAt(at) !== QUOTE) {
        at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
      }
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    }
  }
  return false;
}

function guarded(text: string, read: (text: string) => unknown): Result<Wire> {
  const unreadable = (why: string) =>
    err(
      failure(
        'unavailable',
        'walmart.answer-unreadable',
        `Walmart's answer cannot be read: ${why}; it is read again at the next poll`,
      ),
    );
  if (isDeeperThan(text, MAX_DEPTH)) return unreadable(`nested deeper than ${MAX_DEPTH}`);
  try {
    return ok(read(text) as Wire);
  } catch {
    return unreadable('not JSON');
  }
}

/** Numbers stay the text they were written as, so that money never passes through a float. */
export function parseExact(text: string): Result<Wire> {
  return guarded(text, (body) => parse(body, undefined, (number) => number));
}

/** Numbers become floats: only for bodies whose amounts are not used. */
export function parseLoose(text: string): Result<Wire> {
  return guarded(text, (body) => JSON.parse(body));
}

/** The member as an object; absent, null and anything else read as empty. */
export function objectOf(value: Wire | undefined): WireObject {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}

function isList(value: Wire): value is readonly Wire[] {
  return Array.isArray(value);
}

/** XML bridges turn a list of one into the bare object: both read as a list. Absent, null and '' are empty. */
export function listOf(value: Wire | undefined): readonly Wire[] {
  if (value === undefined || value === null || value === '') return [];
  return isList(value) ? value : [value];
}

/** A non-empty text or number as text, else null. */
export function textOf(value: Wire | undefined): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}
