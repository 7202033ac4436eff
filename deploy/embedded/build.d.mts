/** Brings `dist/` (production: `dist-production/`) up to date with the sources, by content. */
export function ensureBuilt(options?: {
  root?: string;
  production?: boolean;
  onStart?: (files: number) => void;
}): Promise<{ dist: string; compiled: number; removed: number; tookMs: number }>;
