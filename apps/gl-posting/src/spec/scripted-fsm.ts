import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '@mlc/kernel';
import { generate } from 'selfsigned';

type Fields = Record<string, string>;
type Action = 'stage' | 'submit' | 'discard' | 'list-staging' | 'list-results' | 'list-chart';

export interface Seen {
  readonly action: Action;
  readonly runGroup: string;
}

const CERTIFICATE = {
  keySize: 2048,
  extensions: [
    { name: 'basicConstraints' as const, cA: true },
    { name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] },
  ],
};

/** A little FSM of the specs: stages, interfaces, discards, lists; what goes wrong is told beforehand. */
export class ScriptedFsm {
  readonly seen: Seen[] = [];
  /** Rows that reached the ledger, in order. */
  readonly posted: Fields[] = [];
  readonly staging = new Map<string, Map<string, Fields>>();
  /** Account codes the interface refuses, with its text. */
  readonly refusedAccounts = new Map<string, string>();
  /** Account codes the batch create refuses, with its text. */
  readonly refusedAtLoad = new Map<string, string>();
  /** Lets go of the connection after the effect, so that no answer comes. */
  readonly #dropped = new Map<Action, number>();
  readonly #results: Fields[] = [];
  #nextResult = 6001;

  private constructor(
    private readonly server: Server,
    readonly port: number,
    readonly certificate: string,
  ) {}

  static async start(): Promise<ScriptedFsm> {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], CERTIFICATE);
    const started: { fsm: ScriptedFsm | null } = { fsm: null };
    const server = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
      started.fsm?.answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    started.fsm = new ScriptedFsm(server, port, pems.cert);
    return started.fsm;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The next `times` answers of this action are lost after their effect. */
  drop(action: Action, times = 1): void {
    this.#dropped.set(action, times);
  }

  count(action: Action, runGroup?: string): number {
    return this.seen.filter(
      (one) => one.action === action && (runGroup === undefined || one.runGroup === runGroup),
    ).length;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'https://fsm.invalid');
      if (url.pathname === '/internal/v1/tokens') {
        this.lend(response);
        return;
      }
      const action = actionOf(url.pathname);
      if (!action || request.headers.authorization !== 'Bearer spec-token') {
        response.writeHead(401).end('{"error":"Unauthorized"}');
        return;
      }
      const runGroup = runGroupOf(url, body);
      this.seen.push({ action, runGroup });
      const said = this.effect(action, runGroup, body);
      const drops = this.#dropped.get(action) ?? 0;
      if (drops > 0) {
        this.#dropped.set(action, drops - 1);
        request.socket.destroy();
        return;
      }
      response
        .writeHead(200, { 'content-type': 'application/json', 'x-transaction-id': `1-${action}` })
        .end(JSON.stringify(said));
    });
  }

  /** Stands in for the vault as well. */
  private lend(response: ServerResponse): void {
    const token = {
      accessToken: 'spec-token',
      expiresAt: systemClock().now() + 3_600_000,
      endpoint: `https://127.0.0.1:${this.port}/ACME_TST`,
      attributes: { ti: 'ACME_TST' },
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
  }

  private effect(action: Action, runGroup: string, body: string): unknown {
    switch (action) {
      case 'stage':
        return this.stage(body);
      case 'submit':
        this.runInterface(runGroup);
        return 'Interface Transactions Submitted';
      case 'discard':
        this.staging.delete(runGroup);
        return 'Delete All Transactions For Run Group Submitted';
      case 'list-staging':
        return list([...(this.staging.get(runGroup)?.values() ?? [])]);
      case 'list-results':
        return list(this.#results.filter((result) => result['RunGroup'] === runGroup));
      case 'list-chart':
        return list([
          { FinanceEnterpriseGroup: '1', Account: '11500', Active: 'true', SystemRestriction: '' },
          { FinanceEnterpriseGroup: '1', Account: '40000', Active: 'true', SystemRestriction: '' },
        ]);
    }
  }

  private stage(body: string): unknown {
    const { _records: records } = JSON.parse(body) as { _records: { _fields: Fields }[] };
    const said = records.map(({ _fields: fields }) => {
      const group = fields['GLTransactionInterface.RunGroup'] ?? '';
      const sequence = fields['GLTransactionInterface.SequenceNumber'] ?? '';
      const rows = this.staging.get(group) ?? new Map<string, Fields>();
      this.staging.set(group, rows);
      if (rows.has(sequence)) {
        return { _fields: fields, exception: { message: 'primary key violation' } };
      }
      const refusal = this.refusedAtLoad.get(fields['AccountCode'] ?? '');
      if (refusal !== undefined) return { _fields: fields, exception: { message: refusal } };
      rows.set(sequence, { ...fields, TransactionAmount: `${fields['TransactionAmount'] ?? ''}0` });
      return {
        _fields: rows.get(sequence),
        message: 'Global Ledger Transaction Interface created',
      };
    });
    return [...said, { batchStatus: '0' }];
  }

  private runInterface(runGroup: string): void {
    const rows = [...(this.staging.get(runGroup)?.values() ?? [])];
    let failed = 0;
    for (const row of rows) {
      const refusal = this.refusedAccounts.get(row['AccountCode'] ?? '');
      row['ErrorMessage'] = refusal ?? '';
      if (refusal !== undefined) failed += 1;
    }
    if (failed === 0) {
      this.posted.push(...rows);
      this.staging.delete(runGroup);
    }
    this.#results.push({
      GLTransactionInterfaceResult: String(this.#nextResult++),
      RunGroup: runGroup,
      Status: failed === 0 ? '1' : '2',
      PassedCount: String(failed === 0 ? rows.length : 0),
      FailedCount: String(failed),
      RecordCount: String(rows.length),
    });
  }
}

function list(rows: readonly Fields[]): unknown {
  return [{ _count: -1, _links: [] }, ...rows.map((row) => ({ _fields: row }))];
}

function actionOf(path: string): Action | null {
  const folder = '/ACME_TST/FSM/fsm/soap/';
  const known: Record<string, Action> = {
    [`${folder}classes/GLTransactionInterface/actions/CreateUnreleased/batch`]: 'stage',
    [`${folder}ldrest/GLTransactionInterface/InterfaceTransactions_InterfaceTransactionsForm_FormOperation`]:
      'submit',
    [`${folder}ldrest/GLTransactionInterface/DeleteAllTransactionsForRunGroup_DeleteAllTransactionsForRunGroupForm_FormOperation`]:
      'discard',
    [`${folder}classes/GLTransactionInterface/lists/_generic`]: 'list-staging',
    [`${folder}classes/GLTransactionInterfaceResult/lists/_generic`]: 'list-results',
    [`${folder}classes/GeneralLedgerChartAccount/lists/_generic`]: 'list-chart',
  };
  return known[path] ?? null;
}

function runGroupOf(url: URL, body: string): string {
  const parameter = url.searchParams.get('PrmRunGroup');
  if (parameter !== null) return parameter;
  const filter = url.searchParams.get('_lplFilter') ?? '';
  return (
    /RunGroup="([A-Z0-9]+)"/.exec(filter)?.[1] ?? /"WM[A-Z2-7]+"/.exec(body)?.[0].slice(1, -1) ?? ''
  );
}
