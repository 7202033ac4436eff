import type { Entry } from '@mlc/accounting';

/** An entry as a `json` column keeps it: bigint as text. */
export interface StoredEntry {
  readonly component: string;
  readonly block: Entry['block'];
  readonly amountMinor: string;
}

export function storedEntries(entries: readonly Entry[]): string {
  return JSON.stringify(
    entries.map((entry) => ({ ...entry, amountMinor: entry.amountMinor.toString() })),
  );
}

export function readEntries(stored: readonly StoredEntry[]): Entry[] {
  return stored.map((entry) => ({ ...entry, amountMinor: BigInt(entry.amountMinor) }));
}
