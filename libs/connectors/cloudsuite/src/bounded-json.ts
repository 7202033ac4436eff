import { parse } from 'lossless-json';

/** Deeper bodies are refused before anything recursive touches them. */
export const MAX_BODY_DEPTH = 32;

/**
 * Reads JSON from a server nobody here controls. Numbers come back as the text they were written in
 * (no amount passes through a float). `undefined` when it is not JSON, or nested too deep.
 */
export function boundedJson(text: string): unknown {
  if (tooDeep(text)) return undefined;
  try {
    return parse(text, null, { parseNumber: (number) => number });
  } catch {
    return undefined;
  }
}

function tooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 92) at += 1;
      else if (char === 34) inString = false;
    } else if (char === 34) inString = true;
    else if (char === 91 || char === 123) {
      depth += 1;
      if (depth > MAX_BODY_DEPTH) return true;
    } else if (char === 93 || char === 125) depth -= 1;
  }
  return false;
}

/** The own members of a parsed object; `undefined` for anything else. */
export function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
