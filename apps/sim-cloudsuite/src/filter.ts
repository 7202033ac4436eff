/** Reads one field of a row; '' when the row has none. */
export type FieldOf = (name: string) => string;

export type Predicate = (field: FieldOf) => boolean;

export interface Filter {
  readonly matches: Predicate;
  /** Values that a field must have in every match (terms joined by AND at the top). */
  readonly required: ReadonlyMap<string, string>;
}

/** A filter text the server could not read; `message` is what its 400 says. */
export class FilterError extends Error {}

const BROKEN = 'ConditionNode tree failed';
const MAX_FILTER_LENGTH = 4000;
const MAX_DEPTH = 20;

export const EVERYTHING: Filter = { matches: () => true, required: new Map() };

/** `_filter`: `name::value|name2::value2`, all of them. */
export function simpleFilter(text: string, known: ReadonlySet<string>): Filter {
  const required = new Map<string, string>();
  for (const term of text.split('|')) {
    const at = term.indexOf('::');
    const name = term.slice(0, at).trim();
    if (at < 1 || !known.has(name)) throw new FilterError(`${BROKEN}: ${term}`);
    required.set(name, term.slice(at + 2));
  }
  return {
    required,
    matches: (field) => [...required].every(([name, value]) => field(name) === value),
  };
}

/** `_lplFilter`: terms `Field = "v"`, `<>`, `like "A*"`, joined by `and`, `or` and parentheses. */
export function lplFilter(text: string, known: ReadonlySet<string>): Filter {
  if (text.length > MAX_FILTER_LENGTH) throw new FilterError(`${BROKEN}: filter too long`);
  const parser = new LplParser(tokensOf(text), known);
  return parser.whole();
}

export function bothOf(a: Filter, b: Filter): Filter {
  return {
    required: new Map([...a.required, ...b.required]),
    matches: (field) => a.matches(field) && b.matches(field),
  };
}

type Token = { readonly kind: 'string' | 'word' | 'sign'; readonly text: string };

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|(<>|!=|=|\(|\))|([A-Za-z_][A-Za-z0-9_.]*))/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new FilterError(`${BROKEN}: ${text}`);
    at = TOKEN.lastIndex;
    if (match[1] !== undefined) {
      tokens.push({ kind: 'string', text: match[1].replace(/\\(.)/g, '$1') });
    } else if (match[2] !== undefined) tokens.push({ kind: 'sign', text: match[2] });
    else tokens.push({ kind: 'word', text: match[3] ?? '' });
  }
  return tokens;
}

class LplParser {
  private at = 0;
  private depth = 0;
  private readonly tokens: readonly Token[];
  private readonly known: ReadonlySet<string>;

  constructor(tokens: readonly Token[], known: ReadonlySet<string>) {
    this.tokens = tokens;
    this.known = known;
  }

  whole(): Filter {
    const filter = this.either();
    if (this.at < this.tokens.length) throw new FilterError('Expected a logical operator');
    return filter;
  }

  private either(): Filter {
    const parts = [this.every()];
    while (this.word('or')) parts.push(this.every());
    const [only] = parts;
    if (parts.length === 1 && only) return only;
    return {
      required: new Map(),
      matches: (field) => parts.some((part) => part.matches(field)),
    };
  }

  private every(): Filter {
    let filter = this.term();
    while (this.word('and')) filter = bothOf(filter, this.term());
    return filter;
  }

  private term(): Filter {
    if (this.sign('(')) {
      this.depth += 1;
      if (this.depth > MAX_DEPTH) throw new FilterError(`${BROKEN}: too deep`);
      const inner = this.either();
      if (!this.sign(')')) throw new FilterError('Expected a logical operator');
      this.depth -= 1;
      return inner;
    }
    const name = this.take('word');
    if (!this.known.has(name)) throw new FilterError(`${BROKEN}: ${name}`);
    if (this.sign('=')) {
      const value = this.take('string');
      return { required: new Map([[name, value]]), matches: (field) => field(name) === value };
    }
    if (this.sign('<>') || this.sign('!=')) {
      const value = this.take('string');
      return { required: new Map(), matches: (field) => field(name) !== value };
    }
    if (this.word('like')) {
      const [start, ...rest] = this.take('string').split('*');
      if (rest.length !== 1 || rest[0] !== '' || start === undefined) throw new FilterError(BROKEN);
      return { required: new Map(), matches: (field) => field(name).startsWith(start) };
    }
    throw new FilterError(BROKEN);
  }

  private take(kind: Token['kind']): string {
    const token = this.tokens[this.at];
    if (token?.kind !== kind) throw new FilterError(BROKEN);
    this.at += 1;
    return token.text;
  }

  private sign(text: string): boolean {
    const token = this.tokens[this.at];
    const found = token?.kind === 'sign' && token.text === text;
    if (found) this.at += 1;
    return found;
  }

  private word(text: string): boolean {
    const token = this.tokens[this.at];
    const found = token?.kind === 'word' && token.text.toLowerCase() === text;
    if (found) this.at += 1;
    return found;
  }
}
