/** Of facts about the same thing the one with the highest version; order and repeats say nothing. */
export function newestOf<T>(
  facts: Iterable<T>,
  keyOf: (fact: T) => string,
  versionOf: (fact: T) => number,
): T[] {
  const newest = new Map<string, T>();
  for (const fact of facts) {
    const key = keyOf(fact);
    const known = newest.get(key);
    if (known === undefined || versionOf(known) < versionOf(fact)) newest.set(key, fact);
  }
  return [...newest.values()];
}

/** Rows of one statement. */
export const STATEMENT_ROWS = 5_000;

export function slicesOf<T>(rows: readonly T[], size = STATEMENT_ROWS): T[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, at) =>
    rows.slice(at * size, (at + 1) * size),
  );
}
