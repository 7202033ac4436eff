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

/** Every difference between the tenant API's own lists and the oracle's, as sentences. */
export async function compareLists(
  api: ApiLink,
  seller: OnboardedSeller,
  verdict: SellerVerdict,
): Promise<string[]> {
  const { sellerId, scenario } = seller;
  const differences: string[] = [];
  const wanted = {
    posted: new Map(verdict.posted.map((id) => [id, ''])),
    held: new Map(verdict.held.map(({ id, reason }) => [id, reason])),
    excluded: new Map(verdict.excluded.map(({ id, reason }) => [id, reason])),
  };
  for (const standing of ['posted', 'held', 'excluded'] as const) {
    const lines = await listed(api, sellerId, standing);
    const found = new Map(
      lines.map((line) => [line.line, standing === 'posted' ? '' : (line.reason?.code ?? '')]),
    );
    for (const [id, reason] of wanted[standing]) {
      if (found.get(id) !== reason) {
        differences.push(
          `${scenario.name}: ${id} should be ${standing} ${reason}, the list says ${found.get(id) ?? 'nothing'}`,
        );
      }
    }
    for (const id of found.keys()) {
      if (!wanted[standing].has(id))
        differences.push(`${scenario.name}: ${id} is listed as ${standing} and should not be`);
    }
  }
  for (const standing of ['pending', 'shadow'] as const) {
    const rest = await listed(api, sellerId, standing);
    differences.push(...rest.map((line) => `${scenario.name}: ${line.line} is still ${standing}`));
  }
  return differences;
}
