import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;

/** A file that cannot be judged at all: missing, not what it says it is, or not JSON. */
export class CannotRead extends Error {
  override name = 'CannotRead';
}

export type TruthRecord = { readonly [field: string]: unknown };

/** Every complete line of a file; a last line without a newline is ignored. */
export function* completeLines(file: string): Generator<string> {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    throw new CannotRead(`${file} cannot be opened: ${String(error)}`);
  }
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let parts: Buffer[] = [];
    for (;;) {
      const size = readSync(handle, chunk, 0, CHUNK_BYTES, null);
      if (size === 0) return;
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(NEWLINE, start);
        if (end === -1 || end >= size) break;
        const tail = chunk.subarray(start, end);
        const line = parts.length === 0 ? tail : Buffer.concat([...parts, tail]);
        parts = [];
        start = end + 1;
        if (line.length > 0) yield line.toString('utf8');
      }
      if (start < size) parts.push(Buffer.from(chunk.subarray(start, size)));
    }
  } finally {
    closeSync(handle);
  }
}

/** The records of one truth log in file order. */
export function* truthRecords(
  file: string,
  system: 'walmart' | 'cloudsuite',
): Generator<TruthRecord> {
  let line = 0;
  for (const text of completeLines(file)) {
    line += 1;
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch (error) {
      throw new CannotRead(`${file} line ${line} is not JSON: ${String(error)}`);
    }
    if (!isRecord(record)) throw new CannotRead(`${file} line ${line} is not a JSON object`);
    if (record['system'] !== system) {
      throw new CannotRead(
        `${file} line ${line} is of system ${String(record['system'])}, not ${system}`,
      );
    }
    yield record;
  }
}

export function isRecord(value: unknown): value is TruthRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that must be text; numbers are accepted as their text. */
export function textOf(record: TruthRecord, field: string): string {
  const value = record[field];
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new CannotRead(
    `Record ${String(record['seq'])} (${String(record['kind'])}) has no text in "${field}"`,
  );
}

/** A field that must be a list of objects. */
export function recordsOf(record: TruthRecord, field: string): readonly TruthRecord[] {
  const value = record[field];
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw new CannotRead(
    `Record ${String(record['seq'])} (${String(record['kind'])}) has no list in "${field}"`,
  );
}

/** A simulator's note on a request; nothing where it made none. */
export function noteOf(record: TruthRecord): string {
  return typeof record['note'] === 'string' ? record['note'] : 'no note';
}
