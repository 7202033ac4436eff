// eslint-disable-next-line no-control-regex -- these are what JSON spells differently
const SPELT_DIFFERENTLY = /[\u0000-\u001f]/;

/**
 * A batch column as the literal PostgreSQL reads: `{"a","b",NULL,7}`. JSON's quoting of a string is
 * the same as an array element's, but for control characters, and is native: the driver's own escaping
 * of long JSON texts was a tenth of a service's processor time.
 */
export function arrayLiteral(values: readonly unknown[]): string | null {
  const elements: string[] = [];
  for (const value of values) {
    if (value === null || value === undefined) elements.push('NULL');
    else if (typeof value === 'string') elements.push(quoted(value));
    else if (typeof value === 'number' || typeof value === 'bigint') elements.push(String(value));
    else if (typeof value === 'boolean') elements.push(value ? 't' : 'f');
    else return null;
  }
  return `{${elements.join(',')}}`;
}

function quoted(text: string): string {
  if (!SPELT_DIFFERENTLY.test(text) && text.isWellFormed()) return JSON.stringify(text);
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Parameters for the driver: arrays of plain values become literals, anything else is left to it. */
export function asParameters(params: readonly unknown[]): unknown[] {
  return params.map((param) => (Array.isArray(param) ? (arrayLiteral(param) ?? param) : param));
}
