import { boundedJson, membersOf, textOf } from './bounded-json.js';
import { FSM_BASE } from './fsm-names.js';

export type Row = ReadonlyMap<string, string>;

export interface ListQuery {
  readonly className: string;
  readonly fields: readonly string[];
  /** Always sent: FSM's default is 5 rows. */
  readonly limit: number;
  /** Field to value, all must hold; values are checked by `filterable` before. */
  readonly where: Readonly<Record<string, string>>;
  /** Also asked for, but not among the fields that come back. */
  readonly filterOnly?: Readonly<Record<string, string>>;
  readonly setName?: string;
}

export interface ListPage {
  readonly rows: readonly Row[];
  /** Path and query of the next page, null at the end. */
  readonly next: string | null;
}

/** Path and query of a list's first page, below `{iu}/{ti}`. */
export function listPath(query: ListQuery): string {
  const filter = Object.entries({ ...query.filterOnly, ...query.where })
    .map(([field, value]) => `${field}="${value}"`)
    .join(' and ');
  const parameters: [string, string][] = [
    ['_fields', query.fields.join(',')],
    ['_limit', String(query.limit)],
    ['_lplFilter', filter],
    ...(query.setName === undefined ? [] : [['_setName', query.setName] as [string, string]]),
    ['_links', 'false'],
    ['_pageNav', 'true'],
    ['_out', 'JSON'],
  ];
  const search = parameters
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return `${listsFolder(query.className)}_generic?${search}`;
}

function listsFolder(className: string): string {
  return `${FSM_BASE}/classes/${className}/lists/`;
}

/**
 * Reads one page: element 0 is the header with links, the rest are rows whose values are texts. `null`
 * when the body is anything else, so that a half page is never taken for an empty list.
 */
export function readListPage(body: string, query: ListQuery): ListPage | null {
  const value = boundedJson(body);
  if (!Array.isArray(value) || value.length === 0) return null;
  const [header, ...elements] = value as readonly unknown[];
  const head = membersOf(header);
  if (!head?.has('_count')) return null;
  const rows: Row[] = [];
  for (const element of elements) {
    const fields = membersOf(membersOf(element)?.get('_fields'));
    if (!fields) return null;
    rows.push(new Map([...fields].map(([name, field]) => [name, textOf(field) ?? ''])));
  }
  return { rows, next: rows.length < query.limit ? null : nextPath(head.get('_links'), query) };
}

/** The `next` link as given, when it leads to the same list; anything else ends the list. */
function nextPath(links: unknown, query: ListQuery): string | null {
  if (!Array.isArray(links)) return null;
  for (const link of links as readonly unknown[]) {
    const members = membersOf(link);
    if (members?.get('rel') !== 'next') continue;
    const href = textOf(members.get('href'))?.trim();
    if (!href) return null;
    const folder = listsFolder(query.className);
    const url = new URL(href, `https://list.invalid${folder}`);
    const stays = url.host === 'list.invalid' && url.pathname === `${folder}_generic`;
    return stays ? `${url.pathname}${url.search}` : null;
  }
  return null;
}

/** The filter may be dropped on later pages: every row's key is checked here again. */
export function ownRow(row: Row, where: Readonly<Record<string, string>>): boolean {
  return Object.entries(where).every(([field, value]) => {
    const found = row.get(field);
    return found === undefined ? false : found.trim().toUpperCase() === value.toUpperCase();
  });
}
