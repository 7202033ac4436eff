import type { Tenant } from './tenant.js';

const QUOTA_WINDOW_MS = 60_000;

export interface QuotaReading {
  readonly exceeded: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** The gateway's quota policy: the window starts at the first request in it. */
export function createQuota(): (tenant: Tenant, nowMs: number) => QuotaReading {
  const windows = new Map<string, { from: number; count: number }>();
  return (tenant, nowMs) => {
    const limit = tenant.settings.requestsPerMinute;
    if (limit === 0) return { exceeded: false, headers: {} };
    let window = windows.get(tenant.ti);
    if (!window || nowMs - window.from >= QUOTA_WINDOW_MS) {
      windows.set(tenant.ti, (window = { from: nowMs, count: 0 }));
    }
    window.count += 1;
    const headers = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - window.count)),
      'x-ratelimit-window': '60 second',
    };
    return { exceeded: window.count > limit, headers };
  };
}
