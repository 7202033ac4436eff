import { fsmRefusal, jsonAnswer, type Answer } from './answer.js';
import type { BusinessClass } from './business-classes.js';
import { bothOf, EVERYTHING, FilterError, lplFilter, simpleFilter, type Filter } from './filter.js';
import type { Fields } from './staging-record.js';
import type { Tenant } from './tenant.js';

const DEFAULT_LIMIT = 5;

/**
 * `GET /classes/{BC}/lists/_generic`: element 0 is `{_count, _links}`, the rest rows of strings.
 * Parameters FSM does not know are ignored without error.
 */
export function genericList(tenant: Tenant, bc: BusinessClass, query: URLSearchParams): Answer {
  let filter: Filter;
  try {
    filter = filterOf(tenant, bc, query);
  } catch (error) {
    if (error instanceof FilterError) return fsmRefusal(error.message, 'ParseException');
    throw error;
  }
  const out = query.get('_out') ?? 'JSON';
  if (out !== 'JSON') return fsmRefusal(`_out=${out} is not served by this simulator`);
  const limit = limitOf(query.get('_limit'));
  if (limit === undefined) return fsmRefusal('_limit is not numeric');
  const found = bc.rows(tenant, filter).filter((row) => filter.matches((name) => row[name] ?? ''));
  if (query.get('_recordCountOnly') === 'true') return jsonAnswer(200, { _count: found.length });

  const page = pageOf(found, bc, { query, limit });
  const header: Record<string, unknown> = { _count: page.complete ? found.length : -1 };
  if (query.get('_pageNav') !== 'false') header['_links'] = linksOf(page, bc, query);
  const shown = fieldsToShow(bc, query.get('_fields'));
  return jsonAnswer(200, [header, ...page.rows.map((row) => ({ _fields: shown(row) }))]);
}

function filterOf(tenant: Tenant, bc: BusinessClass, query: URLSearchParams): Filter {
  if (tenant.settings.pagingDropsFilter && query.get('_position') === 'true') return EVERYTHING;
  const simple = query.get('_filter');
  const lpl = query.get('_lplFilter');
  return bothOf(
    simple ? simpleFilter(simple, bc.fields) : EVERYTHING,
    lpl ? lplFilter(lpl, bc.fields) : EVERYTHING,
  );
}

function limitOf(text: string | null): number | undefined {
  if (text === null || text === '') return DEFAULT_LIMIT;
  return /^[1-9]\d{0,6}$/.test(text) ? Number(text) : undefined;
}

interface Page {
  readonly rows: readonly Fields[];
  /** The page holds everything that was found. */
  readonly complete: boolean;
  /** The page is full: more rows may follow (or not, as a full last page shows). */
  readonly full: boolean;
  readonly positioned: boolean;
}

function pageOf(
  found: readonly Fields[],
  bc: BusinessClass,
  { query, limit }: { query: URLSearchParams; limit: number },
): Page {
  const positioned = query.get('_position') === 'true';
  let rows: readonly Fields[];
  if (!positioned) rows = found.slice(0, limit);
  else if (query.get('_paging') === 'PREVIOUS') {
    const before = found.filter((row) => compareKeys(row, query, bc) < 0);
    rows = before.slice(Math.max(0, before.length - limit));
  } else {
    const from = found.findIndex((row) => compareKeys(row, query, bc) > 0);
    rows = from < 0 ? [] : found.slice(from, from + limit);
  }
  return { rows, complete: rows.length === found.length, full: rows.length === limit, positioned };
}

/** Compares a row's key with the position in the query; numbers as numbers (all keys here are short). */
function compareKeys(row: Fields, query: URLSearchParams, bc: BusinessClass): number {
  for (const name of bc.key) {
    const mine = row[name] ?? '';
    const theirs = query.get(name) ?? '';
    if (mine === theirs) continue;
    const numeric = NUMERIC_KEYS.has(name);
    if (numeric && mine.length !== theirs.length) return mine.length - theirs.length;
    return mine < theirs ? -1 : 1;
  }
  return 0;
}

const NUMERIC_KEYS = new Set([
  'GLTransactionInterface.SequenceNumber',
  'GLTransactionInterfaceResult',
]);

const LIST_PARAMETERS = [
  ...['_fields', '_limit', '_paging', '_filter', '_lplFilter', '_setName'],
  ...['_links', '_pageNav', '_out', '_flatten'],
];

function linksOf(page: Page, bc: BusinessClass, query: URLSearchParams) {
  const links = [{ rel: 'self', href: hrefOf(query, {}) }];
  const last = page.rows.at(-1);
  if (page.full && last) {
    links.push({ rel: 'next', href: hrefOf(query, positionAt(last, bc, 'NEXT')) });
  }
  const first = page.rows[0];
  if (page.positioned && first) {
    links.push({ rel: 'prev', href: hrefOf(query, positionAt(first, bc, 'PREVIOUS')) });
  }
  return links;
}

function positionAt(row: Fields, bc: BusinessClass, paging: 'NEXT' | 'PREVIOUS') {
  const key = Object.fromEntries(bc.key.map((name) => [name, row[name] ?? '']));
  return { ...key, _rkn: ' ', _paging: paging, _position: 'true' };
}

function hrefOf(query: URLSearchParams, more: Readonly<Record<string, string>>): string {
  const pairs = new URLSearchParams();
  for (const name of LIST_PARAMETERS) {
    const value = query.get(name);
    if (value !== null && !(name in more)) pairs.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) pairs.set(name, value);
  return `../lists/_generic?${pairs.toString().replaceAll('+', '%20')}`;
}

/** `_all`: what the row holds; named fields: each of them that exists, '' when the row has none. */
function fieldsToShow(bc: BusinessClass, asked: string | null): (row: Fields) => Fields {
  if (asked === '_all') return (row) => row;
  const names = asked === null || asked === '' ? bc.key : asked.split(',');
  const known = names.filter((name) => bc.fields.has(name));
  return (row) => Object.fromEntries(known.map((name) => [name, row[name] ?? '']));
}
