import { RefusalError } from './refusal.js';

/** Where a page ended, for the next one: opaque to callers. */
export function writeCursor(after: string): string {
  return Buffer.from(after, 'utf8').toString('base64url');
}

/** The key after which the page begins; before every key without a cursor. */
export function readCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const after = Buffer.from(cursor, 'base64url').toString('utf8');
  if (writeCursor(after) !== cursor || after.includes('\0')) {
    throw new RefusalError({
      status: 400,
      code: 'invalid-cursor',
      detail: 'The cursor is not one this API gave; begin without one.',
    });
  }
  return after;
}
