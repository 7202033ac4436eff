import { createServer, type IncomingMessage, type Server } from 'node:http';
import { z } from 'zod';
import type { Faults } from './faults.js';
import { settingsFrom } from './settings.js';
import { definitionFrom, ionApiFile } from './tenant-definition.js';
import { chartOf, createTenant, type Tenant } from './tenant.js';
import type { TokenStore } from './token-store.js';
import type { TruthLog } from './truth-log.js';

const MAX_CONTROL_BODY_BYTES = 20_000_000;

export interface ControlPortParts {
  readonly tenants: Map<string, Tenant>;
  readonly faults: Faults;
  readonly tokens: TokenStore;
  readonly truth: TruthLog;
  readonly pendingActions: () => number;
  readonly vendorPort: () => number;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** The plain http server of the scenario's author; nothing of it is the vendor's and nothing is logged. */
export function createControlPort(parts: ControlPortParts): Server {
  return createServer((incoming, response) => {
    void control(parts, incoming)
      .catch((error: unknown): Reply => {
        if (error instanceof z.ZodError) {
          return { status: 400, body: { error: z.prettifyError(error) } };
        }
        if (error instanceof SyntaxError) return { status: 400, body: { error: error.message } };
        const text = error instanceof Error ? error.message : String(error);
        return { status: 500, body: { error: text } };
      })
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
  });
}

async function control(parts: ControlPortParts, incoming: IncomingMessage): Promise<Reply> {
  const { pathname } = new URL(incoming.url ?? '/', 'http://localhost');
  const [, area = '', ti = '', part = ''] = pathname.split('/');
  const verb = `${incoming.method} ${area}${ti === '' ? '' : '/*'}${part === '' ? '' : `/${part}`}`;
  const body = await jsonBody(incoming);
  switch (verb) {
    case 'GET health':
      return ok({
        ok: true,
        tenants: [...parts.tenants.keys()],
        pendingActions: parts.pendingActions(),
      });
    case 'POST faults':
      return { status: 201, body: parts.faults.plant(body) };
    case 'GET faults':
      return ok(parts.faults.list());
    case 'DELETE faults':
      parts.faults.clear();
      return ok({});
    case 'PUT tenants/*':
      return ok(putTenant(parts, ti, body));
  }
  const tenant = parts.tenants.get(ti);
  if (!tenant) return { status: 404, body: { error: `no such control: ${verb} (tenant ${ti})` } };
  switch (verb) {
    case 'GET tenants/*/ionapi':
      return ok(ionApiFile(ti, tenant.definition, parts.vendorPort()));
    case 'PATCH tenants/*/settings':
      tenant.settings = settingsFrom(body, tenant.settings);
      return ok(tenant.settings);
    case 'GET tenants/*/ledger-summary':
      return ok(summaryOf(tenant));
    case 'DELETE tenants/*/tokens':
      parts.tokens.forgetTokensOf(ti);
      return ok({});
    default:
      return { status: 404, body: { error: `no such control: ${verb}` } };
  }
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

/** Makes a tenant or changes one; staging, results and ledger of an existing one stay. */
function putTenant(parts: ControlPortParts, ti: string, body: unknown) {
  const { definition, settings } = definitionFrom(ti, body);
  const known = parts.tenants.get(ti);
  const before = known?.chart;
  const tenant = known ?? createTenant(ti, definition, settings);
  if (known) {
    known.settings = settingsFrom(settings, known.settings);
    known.definition = definition;
    known.chart = chartOf(definition);
  }
  for (const entry of tenant.chart.values()) {
    const old = before?.get(entry.account);
    if (old && JSON.stringify(old) === JSON.stringify(entry)) continue;
    parts.truth.append('chart-committed', {
      tenant: ti,
      enterpriseGroup: definition.enterpriseGroup,
      ...entry,
    });
  }
  parts.tenants.set(ti, tenant);
  return ionApiFile(ti, definition, parts.vendorPort());
}

function summaryOf(tenant: Tenant) {
  return {
    tenant: tenant.ti,
    region: tenant.definition.region,
    posted: {
      rows: tenant.ledger.rowCount,
      journals: tenant.ledger.journalCount,
      byAccount: tenant.ledger.sums(),
    },
    staged: { rows: tenant.staging.count, runGroups: tenant.staging.runGroups().length },
    journalizing: tenant.journalizing.size,
    results: [...tenant.results.values()].reduce((count, rows) => count + rows.length, 0),
    counters: tenant.counters,
  };
}

async function jsonBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > MAX_CONTROL_BODY_BYTES) throw new SyntaxError('control body too large');
    chunks.push(chunk);
  }
  return length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
