import { createLedger, type Ledger } from './ledger.js';
import { settingsFrom, type Settings } from './settings.js';
import { createStaging, type Staging } from './staging.js';
import type { ChartAccount, TenantDefinition } from './tenant-definition.js';

export interface ResultRow {
  readonly id: number;
  readonly enterpriseGroup: string;
  readonly runGroup: string;
  /** `YYYYMMDDHHMMSSFF` */
  readonly runTime: string;
  readonly status: '1' | '2';
  readonly recordCount: number;
  readonly passed: number;
  readonly failed: number;
}

export interface Counters {
  requests: number;
  logins: number;
  refusedLogins: number;
  tokens: number;
}

/** One CloudSuite tenant: what its administrator set up and what the connector did to it. */
export interface Tenant {
  readonly ti: string;
  definition: TenantDefinition;
  settings: Settings;
  chart: ReadonlyMap<string, ChartAccount>;
  readonly staging: Staging;
  readonly ledger: Ledger;
  /** Result rows by run group, oldest first. */
  readonly results: Map<string, ResultRow[]>;
  lastResultId: number;
  /** Interface actions submitted and not ended, by run group: while there is one, a delete is refused. */
  readonly journalizing: Map<string, number>;
  readonly counters: Counters;
}

const FIRST_RESULT_ID = 6001;

export function createTenant(ti: string, definition: TenantDefinition, settings: unknown): Tenant {
  return {
    ti,
    definition,
    settings: settingsFrom(settings),
    chart: chartOf(definition),
    staging: createStaging(),
    ledger: createLedger(),
    results: new Map(),
    lastResultId: FIRST_RESULT_ID - 1,
    journalizing: new Map(),
    counters: { requests: 0, logins: 0, refusedLogins: 0, tokens: 0 },
  };
}

export function chartOf(definition: TenantDefinition): ReadonlyMap<string, ChartAccount> {
  return new Map(definition.chart.map((entry) => [entry.account, entry]));
}
