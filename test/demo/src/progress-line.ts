import type { Progress } from '@mlc/api';

export interface SellerProgress {
  readonly name: string;
  readonly progress: Progress;
}

export interface Counted {
  readonly seen: number;
  readonly mapped: number;
  readonly posted: number;
  readonly held: number;
  readonly excluded: number;
}

export function countOf({ progress }: SellerProgress): Counted {
  const standing = (name: keyof Progress['byStanding']): number => progress.byStanding[name];
  return {
    seen: progress.poll?.linesAdded ?? 0,
    mapped: progress.lines,
    posted: standing('posted'),
    held: standing('held'),
    excluded: standing('excluded'),
  };
}

/** One line that overwrites itself on a terminal, and one line every few seconds elsewhere. */
export class ProgressLine {
  private lastShownMs = 0;
  private shown = '';

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly startedMs: number,
  ) {}

  show(label: string, counts: readonly Counted[], nowMs: number): void {
    const sum = (pick: (counted: Counted) => number): number =>
      counts.reduce((total, counted) => total + pick(counted), 0);
    const done = label === 'reading' ? sum((c) => c.mapped) : sum((c) => c.posted);
    const seconds = Math.max((nowMs - this.startedMs) / 1000, 0.001);
    const text =
      `  ${label.padEnd(9)} seen ${sum((c) => c.seen)}  mapped ${sum((c) => c.mapped)}  ` +
      `posted ${sum((c) => c.posted)}  held ${sum((c) => c.held)}  excluded ${sum((c) => c.excluded)}  ` +
      `${Math.round(done / seconds)} lines/s`;
    if (this.out.isTTY) this.out.write(`\r\x1b[K${text}`);
    else if (nowMs - this.lastShownMs > 2000) this.out.write(`${text}\n`);
    else return;
    this.lastShownMs = nowMs;
    this.shown = text;
  }

  end(): void {
    if (this.out.isTTY && this.shown !== '') this.out.write('\n');
  }
}
