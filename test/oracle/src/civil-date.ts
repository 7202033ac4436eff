/** Civil dates (`YYYY-MM-DD`) in a named zone, by the zone rules that come with Node. */

const formats = new Map<string, Intl.DateTimeFormat>();
const dates = new Map<string, string>();
const MOST_DATES = 100_000;
const US_NUMERIC = /^(\d{2})\/(\d{2})\/(\d{1,4})$/;
const COMPACT = /^(\d{4})-?(\d{2})-?(\d{2})$/;

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      calendar: 'gregory',
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

/** A million orders share a few dates: keep one text of each. */
function oneCopy(date: string): string {
  const known = dates.get(date);
  if (known !== undefined) return known;
  if (dates.size < MOST_DATES) dates.set(date, date);
  return date;
}

/** The civil date on which an instant (epoch milliseconds) falls in a zone. */
export function civilDate(epochMs: number, zone: string): string {
  const match = US_NUMERIC.exec(formatOf(zone).format(epochMs));
  const [, month, day, year] = match ?? [];
  if (!month || !day || !year) throw new RangeError(`No civil date of ${epochMs} in ${zone}`);
  return oneCopy(`${year.padStart(4, '0')}-${month}-${day}`);
}

/** Whether the name is a zone this Node knows. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** `20261101` or `2026-11-01` as `2026-11-01`; null when it is neither. */
export function civilDateOfText(text: string): string | null {
  const match = COMPACT.exec(text);
  return match ? oneCopy(`${match[1]}-${match[2]}-${match[3]}`) : null;
}
