/** Brings `dist/` up to date with the sources, by content. */
export function ensureBuilt(options?: {
  root?: string;
  onStart?: (files: number) => void;
}): Promise<{ dist: string; compiled: number; removed: number; tookMs: number }>;
