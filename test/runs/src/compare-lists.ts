import { type Line, lineEndpoints } from '@mlc/api';
import type { ApiLink, OnboardedSeller } from '@mlc/installation';
import type { SellerVerdict } from '@mlc/oracle';

async function listed(api: ApiLink, sellerId: string, standing: Line['standing']): Promise<Line[]> {
  const lines: Line[] = [];
  let cursor: string | null = null;
  do {
    const query: { standing: Line['standing']; limit: number; cursor?: string } = {
      standing,
      limit: 1000,
      ...(cursor === null ? {} : { cursor }),
    };
    const page: { items: Line[]; next: string | null } = await api.call(lineEndpoints.listLines, {
      params: { sellerId },
      query,
    });
    lines.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return lines;
}

const STANDINGS = ['posted', 'held', 'excluded'] as const;

/** Every difference between the tenant API's own lists and the oracle's, line by line and to the cent. */
export async function compareLists(
  api: ApiLink,
  seller: OnboardedSeller,
  verdict: SellerVerdict,
): Promise<string[]> {
  const { sellerId, scenario } = seller;
  const wanted = {
    posted: new Map(verdict.posted.map((id) => [id, ''])),
    held: new Map(verdict.held.map(({ id, reason }) => [id, reason])),
    excluded: new Map(verdict.excluded.map(({ id, reason }) => [id, reason])),
  };
  const differences: string[] = [];
  const all: Line[] = [];
  for (const standing of STANDINGS) {
    const lines = await listed(api, sellerId, standing);
    all.push(...lines);
    differences.push(...lineDifferences(standing, lines, wanted[standing]));
  }
  for (const standing of ['pending', 'shadow'] as const) {
    const rest = await listed(api, sellerId, standing);
    differences.push(...rest.map((line) => `${line.line} is still ${standing}`));
  }
  differences.push(...centDifferences(all, verdict));
  return differences.map((difference) => `${scenario.name}: ${difference}`);
}

function lineDifferences(
  standing: (typeof STANDINGS)[number],
  lines: readonly Line[],
  wanted: ReadonlyMap<string, string>,
): string[] {
  const found = new Map(
    lines.map((line) => [line.line, standing === 'posted' ? '' : (line.reason?.code ?? '')]),
  );
  const wrong = [...wanted]
    .filter(([id, reason]) => found.get(id) !== reason)
    .map(([id, reason]) => {
      return `${id} should be ${standing} ${reason}, the list says ${found.get(id) ?? 'nothing'}`;
    });
  const extra = [...found.keys()]
    .filter((id) => !wanted.has(id))
    .map((id) => `${id} is listed as ${standing} and should not be`);
  return [...wrong, ...extra];
}

/** Sums of the lists' own amounts against the oracle's, per class; the oracle writes `12.34`. */
function centDifferences(lines: readonly Line[], verdict: SellerVerdict): string[] {
  const sum = (amounts: readonly string[]): bigint =>
    amounts.reduce((total, amount) => total + BigInt(amount), 0n);
  const reasons = (pick: (line: Line) => Line['held']): bigint =>
    sum(lines.flatMap((line) => pick(line).map(({ amountMinor }) => amountMinor)));
  const listed = {
    posted: sum(lines.map(({ postedMinor }) => postedMinor)),
    held: reasons(({ held }) => held),
    excluded: reasons(({ excluded }) => excluded),
  };
  return STANDINGS.filter(
    (standing) => listed[standing] !== BigInt(verdict.amounts[standing].replace('.', '')),
  ).map((standing) => {
    return `${standing} sums to ${listed[standing]} cents, the oracle says ${verdict.amounts[standing]}`;
  });
}
