import type { Scenario } from './scenario.js';

const CALL_TIMEOUT_MS = 60_000;

export interface LoadProgress {
  readonly walmartSellerId: string;
  readonly orders: number;
}

/**
 * Puts a scenario into the Walmart simulator through its control API (`http://127.0.0.1:port`).
 * Sellers, then items, then orders in batches; may be repeated, the same orders replace themselves.
 */
export async function loadScenario(
  scenario: Scenario,
  controlUrl: string,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<void> {
  for (const seller of scenario.sellers) {
    const { walmartSellerId, clientId, clientSecret, partnerId } = seller;
    const at = new URL(`/sellers/${encodeURIComponent(walmartSellerId)}`, controlUrl).href;
    await send('PUT', at, { clientId, clientSecret, partnerId });
    await send('POST', `${at}/items`, seller.items);
    let orders = 0;
    for (const batch of seller.orderBatches()) {
      await send('POST', `${at}/orders`, batch);
      orders += batch.length;
      onProgress({ walmartSellerId, orders });
    }
  }
}

async function send(method: string, url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${method} ${url} answered ${response.status}: ${text.slice(0, 500)}`);
}
