import {
  closeSync,
  ftruncateSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isoInstant, type Clock } from '@mlc/kernel';

export type Outcome = 'served' | 'refused' | 'faulted' | 'violation';

export interface RequestRecord {
  readonly conn: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly account: string | null;
  readonly client: string | null;
  readonly correlationId: string | null;
  readonly outcome: Outcome;
  readonly note: string | null;
}

export type TruthRecord =
  | { readonly kind: 'started'; readonly settings: Readonly<Record<string, unknown>> }
  | ({ readonly kind: 'request' } & RequestRecord)
  | {
      readonly kind: 'token-issued';
      readonly account: string;
      readonly client: string;
      readonly expiresAt: string;
    }
  | {
      readonly kind: 'order-committed';
      readonly seller: string;
      readonly purchaseOrderId: string;
      readonly shipNodeType: string;
      readonly created: string;
      readonly modified: string;
      readonly body: string;
    }
  | {
      readonly kind: 'item-committed';
      readonly seller: string;
      readonly sku: string;
      readonly productType: string;
      readonly shelf: readonly string[];
    };

export interface TruthLog {
  readonly file: string;
  /** Complete lines, in one go, before this returns. */
  append(...records: readonly TruthRecord[]): void;
  close(): void;
}

const TAIL_BYTES = 1024 * 1024;
const CHUNK_RECORDS = 500;

/**
 * Opens `walmart.truth.jsonl`, goes on with its sequence, and cuts off a last line that a killed
 * process left unfinished (such a line never counted as a record).
 */
export function openTruthLog(dir: string, clock: Clock): TruthLog {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'walmart.truth.jsonl');
  const fd = openSync(file, 'a+');
  let seq = resume(fd);
  const lineOf = (record: TruthRecord, at: string): string => {
    seq += 1;
    const { kind, ...rest } = record;
    return `${JSON.stringify({ seq, at, system: 'walmart', kind, ...rest })}\n`;
  };
  return {
    file,
    append(...records) {
      const at = isoInstant(clock.now());
      for (let from = 0; from < records.length; from += CHUNK_RECORDS) {
        const chunk = records.slice(from, from + CHUNK_RECORDS);
        writeFully(fd, chunk.map((record) => lineOf(record, at)).join(''));
      }
    },
    close: () => closeSync(fd),
  };
}

function writeFully(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

function resume(fd: number): number {
  const { size } = fstatSync(fd);
  if (size === 0) return 0;
  let wanted = Math.min(TAIL_BYTES, size);
  for (;;) {
    const tail = Buffer.alloc(wanted);
    readSync(fd, tail, 0, wanted, size - wanted);
    const end = tail.lastIndexOf(0x0a);
    const begin = end > 0 ? tail.lastIndexOf(0x0a, end - 1) : -1;
    if (begin >= 0 || wanted === size) {
      if (end < wanted - 1) ftruncateSync(fd, size - wanted + end + 1);
      if (end < 0) return 0;
      const last = JSON.parse(tail.subarray(begin + 1, end).toString('utf8')) as { seq: number };
      return last.seq;
    }
    wanted = Math.min(wanted * 4, size);
  }
}
