const BAR_WIDTH = 24;
const REDRAW_MS = 80;

/**
 * A bar on a terminal, redrawn in place; elsewhere only its first and its last line.
 * @param {{ title: string, total: number, unit: string, scale?: number,
 *   out?: NodeJS.WriteStream }} options `scale` divides the amounts shown
 */
export function progressBar({ title, total, unit, scale = 1, out = process.stderr }) {
  let drawnAt = -Infinity;
  const shown = (amount) => Math.round(amount / scale);
  if (!out.isTTY) out.write(`${title} (${shown(total)} ${unit}) …\n`);
  return {
    /** @param {number} done */
    update(done) {
      if (!out.isTTY || (performance.now() - drawnAt < REDRAW_MS && done < total)) return;
      drawnAt = performance.now();
      const filled = Math.round((BAR_WIDTH * Math.min(done, total)) / total);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      out.write(`\r\u001b[2K${title} ${bar} ${shown(done)}/${shown(total)} ${unit}`);
    },
    /** @param {string} message */
    end(message) {
      out.write(out.isTTY ? `\r\u001b[2K${message}\n` : `${message}\n`);
    },
  };
}
