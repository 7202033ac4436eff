import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isoInstant, type Clock } from '@mlc/kernel';

/** What a record may hold besides `seq`, `at`, `system` and `kind`. */
export type TruthFields = Readonly<Record<string, unknown>>;

export type TruthKind =
  | 'started'
  | 'request'
  | 'token-issued'
  | 'chart-committed'
  | 'staged'
  | 'discarded'
  | 'submitted'
  | 'interfaced'
  | 'posted'
  | 'line-errors';

export interface TruthLog {
  readonly file: string;
  /** Writes one complete line before it returns. */
  append(kind: TruthKind, fields: TruthFields): void;
  close(): void;
}

const NEWLINE = 0x0a;
const TAIL_CHUNK_BYTES = 65_536;

/** Opens `cloudsuite.truth.jsonl` in `folder` for appending; numbering goes on where the file ends. */
export function openTruthLog(folder: string, clock: Clock): TruthLog {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'cloudsuite.truth.jsonl');
  const end = openSync(file, 'a+');
  let seq = lastSeq(end, file);
  return {
    file,
    append(kind, fields) {
      seq += 1;
      const record = { seq, at: isoInstant(clock.now()), system: 'cloudsuite', kind, ...fields };
      writeLine(end, Buffer.from(`${JSON.stringify(record)}\n`));
    },
    close: () => closeSync(end),
  };
}

/** One write call normally; a short write (full pipe, signal) is completed so that no line is torn. */
function writeLine(fd: number, line: Buffer): void {
  let written = 0;
  while (written < line.length) written += writeSync(fd, line, written, line.length - written);
}

/** The `seq` of the last complete line; an incomplete tail is not a record and is cut off. */
function lastSeq(fd: number, file: string): number {
  const size = fstatSync(fd).size;
  let tail = Buffer.alloc(0);
  let from = size;
  while (from > 0) {
    const length = Math.min(TAIL_CHUNK_BYTES, from);
    from -= length;
    const chunk = Buffer.alloc(length);
    readSync(fd, chunk, 0, length, from);
    tail = Buffer.concat([chunk, tail]);
    const lineEnd = tail.lastIndexOf(NEWLINE);
    if (lineEnd < 0) continue;
    const before = lineEnd === 0 ? -1 : tail.lastIndexOf(NEWLINE, lineEnd - 1);
    if (before < 0 && from > 0) continue;
    if (from + lineEnd + 1 < size) ftruncateSync(fd, from + lineEnd + 1);
    const record = JSON.parse(tail.subarray(before + 1, lineEnd).toString('utf8')) as {
      seq?: unknown;
    };
    if (typeof record.seq !== 'number') throw new Error(`${file}: its last line has no seq`);
    return record.seq;
  }
  if (size > 0) ftruncateSync(fd, 0);
  return 0;
}
