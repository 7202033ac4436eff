import { open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const LOG_TAIL_BYTES = 3_000;

/**
 * Asks `probe` again and again until it no longer throws; gives up when the server has exited or
 * the limit is reached, and then says what the end of its log says.
 * @template T
 * @param {{ name: string, probe: () => Promise<T>, exited: Promise<unknown>, logFile: string,
 *   limitMs: number, intervalMs?: number }} options
 * @returns {Promise<T>}
 */
export async function awaitReady({ name, probe, exited, logFile, limitMs, intervalMs = 25 }) {
  let gone = false;
  void exited.then(() => (gone = true));
  const end = performance.now() + limitMs;
  for (;;) {
    let reason;
    try {
      return await probe();
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    if (gone) throw new Error(`${name} ended before it was ready. ${await tailOf(logFile)}`);
    if (performance.now() > end) {
      throw new Error(
        `${name} was not ready in ${limitMs} ms (last answer: ${reason}). ${await tailOf(logFile)}`,
      );
    }
    await pause(intervalMs);
  }
}

/**
 * The last lines of a log, introduced by its name.
 * @param {string} file
 * @returns {Promise<string>}
 */
export async function tailOf(file) {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size === 0) return `Its log ${file} is empty.`;
  const handle = await open(file, 'r');
  try {
    const length = Math.min(size, LOG_TAIL_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return `The end of its log ${file}:\n${buffer.toString('utf8')}`;
  } finally {
    await handle.close();
  }
}
