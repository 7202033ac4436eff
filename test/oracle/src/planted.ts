import { sellerName, type JudgedLine, type SellerBooks } from './books.js';
import type { Findings } from './findings.js';
import type { PlantedLine } from './policy.js';

type Planted = { readonly lineClass: 'held' | 'excluded'; readonly reason: string };

/** Held and excluded lines are, id by id and reason by reason, those the policy plants. */
export function comparePlanted(seller: SellerBooks, findings: Findings): void {
  const { policy } = seller;
  const planted = new Map<string, Planted>();
  const name = sellerName(policy);
  const plant = (lineClass: Planted['lineClass'], lines: readonly PlantedLine[]): void => {
    for (const line of lines) {
      const key = `${line.purchaseOrderId}/${line.lineNumber}`;
      if (planted.has(key)) {
        findings.add({
          code: 'planted-twice',
          seller: name,
          purchaseOrderId: line.purchaseOrderId,
          lineNumber: line.lineNumber,
          message: `The policy plants order ${line.purchaseOrderId} line ${line.lineNumber} twice`,
        });
      }
      planted.set(key, { lineClass, reason: line.reason });
    }
  };
  plant('held', policy.planted.held);
  plant('excluded', policy.planted.excluded);
  for (const order of seller.orders.values()) {
    for (const line of order.lines) {
      const key = `${order.purchaseOrderId}/${line.lineNumber}`;
      compareLine({ line, key, planted: planted.get(key) }, { name, findings });
      planted.delete(key);
    }
  }
  for (const [key, { lineClass, reason }] of planted) {
    const [purchaseOrderId = '', lineNumber = ''] = key.split('/');
    findings.add({
      code: `planted-${lineClass}-missing`,
      seller: name,
      purchaseOrderId,
      lineNumber,
      expected: `${lineClass}: ${reason}`,
      message: `The policy plants order ${purchaseOrderId} line ${lineNumber} as ${lineClass} (${reason}), but Walmart holds no such line`,
    });
  }
}

type Compared = {
  readonly line: JudgedLine;
  readonly key: string;
  readonly planted: Planted | undefined;
};

function compareLine(
  { line, key, planted }: Compared,
  { name, findings }: { name: string; findings: Findings },
): void {
  const [purchaseOrderId = '', lineNumber = ''] = key.split('/');
  const common = { seller: name, purchaseOrderId, lineNumber };
  const actual = line.lineClass === 'posted' ? 'posted' : `${line.lineClass}: ${line.reason}`;
  const expected = planted ? `${planted.lineClass}: ${planted.reason}` : 'posted';
  if (actual === expected) return;
  const text = `Order ${purchaseOrderId} line ${lineNumber}: by what Walmart holds it is ${actual}`;
  if (!planted) {
    findings.add({
      ...common,
      code: `${line.lineClass}-not-planted`,
      expected,
      actual,
      message: `${text}, but the policy does not name it among the ${line.lineClass} lines`,
    });
  } else if (planted.lineClass === line.lineClass) {
    findings.add({
      ...common,
      code: 'planted-reason-differs',
      expected,
      actual,
      message: `${text}, but the policy plants it as ${expected}`,
    });
  } else {
    findings.add({
      ...common,
      code: `planted-${planted.lineClass}-missing`,
      expected,
      actual,
      message: `${text}, but the policy plants it as ${expected}`,
    });
  }
}
