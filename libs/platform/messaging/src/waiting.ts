import { randomInt } from 'node:crypto';

/** A wait that can be cut short; a wake-up before the wait is not lost. */
export class Wakeup {
  private awake = false;
  private readonly waiting = new Set<() => void>();

  wake(): void {
    this.awake = true;
    for (const end of this.waiting) end();
  }

  async wait(limitMs: number): Promise<void> {
    if (!this.awake) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          this.waiting.delete(end);
          resolve();
        };
        const timer = setTimeout(end, limitMs);
        this.waiting.add(end);
      });
    }
    this.awake = false;
  }
}

const FIRST_MS = 100;
const LAST_MS = 5_000;

/** Doubles with every failure up to 5 s, less a random part of up to half of it. */
export function backoffMs(failures: number): number {
  const full = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return full - randomInt(Math.floor(full / 2) + 1);
}
