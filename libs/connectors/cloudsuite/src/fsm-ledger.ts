import type { HttpAnswer, HttpClient, HttpFailure, HttpRequest } from '@mlc/http';
import { err, failure, type LedgerRef, type Result } from '@mlc/kernel';
import { decimalsOf, minorOf } from './amount-text.js';
import type { CallBudget } from './call-budget.js';
import { freezeFsmLine, thawFsmLine } from './fsm-line.js';
import { type ListQuery, listPath, ownRow, readListPage, type Row } from './fsm-lists.js';
import {
  CHART_CLASS,
  CHART_FIELDS,
  DISCARD_PATH,
  DISCARDED_TEXT,
  filterable,
  INTERFACE_OPTIONS,
  INTERFACE_PATH,
  RESULT_CLASS,
  RESULT_FIELDS,
  RUN_GROUP,
  SEQUENCE,
  STAGE_PATH,
  STAGING_CLASS,
  STAGING_FIELDS,
  SUBMITTED_TEXT,
} from './fsm-names.js';
import type {
  ChartAccount,
  InterfaceResult,
  LedgerPort,
  Look,
  RunGroupRef,
  StageAnswer,
  StagedLine,
} from './ledger-port.js';
import {
  type BodyProof,
  classifyAnswer,
  classifyFailure,
  isGatewayRefusal,
  proveSentence,
  type Verdict,
} from './response-class.js';
import { readStageAnswer, sequenceNumber } from './stage-answer.js';

/** What a call needs of a lent token. */
export interface LentAccess {
  readonly accessToken: string;
  /** `{iu}/{ti}`. */
  readonly endpoint: string;
}

/** What stands round every call: may refuse it unsent, or stop waiting for it. */
export interface CallGuard {
  run(
    keys: { readonly host: string; readonly ledger: string },
    call: () => Promise<Result<HttpAnswer, HttpFailure>>,
  ): Promise<Result<HttpAnswer, HttpFailure>>;
}

export interface FsmLedgerOptions {
  readonly http: HttpClient;
  readonly guard: CallGuard;
  readonly budget: CallBudget;
  /** Names the seller's own breaker. */
  readonly seller: string;
  /** A token; `refusedToken` asks for another one after a 401. */
  readonly lend: (refusedToken?: string) => Promise<Result<LentAccess>>;
  /** Above the gateway's target timeout, or a slow answer is lost although the work was done. */
  readonly callTimeoutMs: number;
}

const MAX_LIST_BYTES = 8 * 1024 * 1024;
const MAX_FORM_BYTES = 64 * 1024;
const MAX_PAGES = 40;
const RESULT_PAGE_ROWS = 100;
const CHART_PAGE_ROWS = 500;

interface Call {
  readonly effect: 'read' | 'write';
  readonly tenant: string;
  readonly request: Omit<HttpRequest, 'url' | 'headers' | 'timeoutMs'> & { readonly path: string };
  readonly proof: BodyProof;
}

/** CloudSuite Financials & Supply Management, general ledger, through the ION API gateway. */
export class FsmLedger implements LedgerPort {
  readonly #options: FsmLedgerOptions;

  constructor(options: FsmLedgerOptions) {
    this.#options = options;
  }

  freezeLine = freezeFsmLine;
  thawLine = thawFsmLine;

  /** Creates the lines in one batch. What comes back refused or unproven is in the answer, line by line. */
  async stage(group: RunGroupRef, frozen: ReadonlyMap<number, string>): Promise<StageAnswer> {
    const sent = new Set(frozen.keys());
    let refusedLines: ReadonlyMap<number, string> = new Map();
    const verdict = await this.#call({
      effect: 'write',
      tenant: group.ledger.tenant,
      request: {
        method: 'POST',
        path: STAGE_PATH,
        body: `{"_records":[${[...frozen.values()].join(',')}]}`,
        maxResponseBytes: MAX_LIST_BYTES,
      },
      proof: (body) => {
        const reading = readStageAnswer(body, group.runGroup, sent);
        if (reading) refusedLines = reading.refusedLines;
        return reading;
      },
    });
    return { ...verdict, refusedLines };
  }

  /** The group's staged lines; a page one row longer than expected shows a surplus as well. */
  async readStaged(
    group: RunGroupRef,
    expectedRows: number,
    currency: string,
  ): Promise<Look<StagedLine>> {
    const look = await this.#list(group.ledger.tenant, {
      className: STAGING_CLASS,
      fields: STAGING_FIELDS,
      limit: expectedRows + 1,
      where: {
        FinanceEnterpriseGroup: group.ledger.enterpriseGroup,
        [RUN_GROUP]: group.runGroup,
      },
    });
    if (!look.ok) return look;
    const rows: StagedLine[] = [];
    for (const row of look.rows) {
      const sequence = sequenceNumber(row.get(SEQUENCE));
      if (sequence === null)
        return unreadable(look.verdict, 'a staged row without sequence number');
      rows.push({
        sequence,
        amountMinor: minorOf(row.get('TransactionAmount') ?? '', decimalsOf(currency)),
        account: (row.get('AccountCode') ?? '').trim(),
        reference: (row.get('Reference') ?? '').trim(),
        error: (row.get('ErrorMessage') ?? '').trim(),
      });
    }
    return { ok: true, rows, verdict: look.verdict };
  }

  /** Runs the interface: a GET with side effects. ACCEPTED is "submitted", never "posted" (F5). */
  submit(group: RunGroupRef): Promise<Verdict> {
    return this.#form(group, interfacePath(group), SUBMITTED_TEXT);
  }

  /** Every result of the group: the order of the set is not documented, the caller takes the highest id. */
  async readResults(group: RunGroupRef): Promise<Look<InterfaceResult>> {
    const look = await this.#list(group.ledger.tenant, {
      className: RESULT_CLASS,
      fields: RESULT_FIELDS,
      limit: RESULT_PAGE_ROWS,
      where: { RunGroup: group.runGroup },
      filterOnly: { FinanceEnterpriseGroup: group.ledger.enterpriseGroup },
      setName: 'ByRunTime',
    });
    if (!look.ok) return look;
    const rows: InterfaceResult[] = [];
    for (const row of look.rows) {
      const result = resultOf(row);
      if (!result) return unreadable(look.verdict, 'an interface result without id or counts');
      rows.push(result);
    }
    return { ok: true, rows, verdict: look.verdict };
  }

  /** Asks for the deletion of the group's staged rows; it happens later, wait until staging is empty. */
  discard(group: RunGroupRef): Promise<Verdict> {
    return this.#form(group, discardPath(group), DISCARDED_TEXT);
  }

  async listChart(ledger: LedgerRef): Promise<Look<ChartAccount>> {
    const look = await this.#list(ledger.tenant, {
      className: CHART_CLASS,
      fields: CHART_FIELDS,
      limit: CHART_PAGE_ROWS,
      where: { FinanceEnterpriseGroup: ledger.enterpriseGroup },
    });
    if (!look.ok) return look;
    const rows = look.rows.map((row) => ({
      account: (row.get('Account') || row.get(CHART_CLASS) || '').trim(),
      name: (row.get('AccountDescription') ?? '').trim(),
      active: /^(true|y|yes|1)$/i.test((row.get('Active') ?? '').trim()),
      restriction: (row.get('SystemRestriction') ?? '').trim(),
    }));
    return { ok: true, rows, verdict: look.verdict };
  }

  #form(group: RunGroupRef, path: string, sentence: string): Promise<Verdict> {
    return this.#call({
      effect: 'write',
      tenant: group.ledger.tenant,
      request: { method: 'GET', path, maxResponseBytes: MAX_FORM_BYTES },
      proof: proveSentence(sentence),
    });
  }

  /**
   * Reads a whole list. Stops at a missing `next`, a short page, a page of other people's rows (a filter
   * lost on the way) or a link seen before; too many pages are a failed look, never a short list.
   */
  async #list(tenant: string, query: ListQuery): Promise<Look<Row>> {
    const asked = { ...query.where, ...query.filterOnly };
    const bad = Object.entries(asked).find(([, value]) => !filterable(value));
    if (bad) return unreadable(UNASKED, `${bad[0]} may hold A-Z, 0-9, _ and - only`);
    const rows: Row[] = [];
    const seen = new Set<string>();
    let path: string | null = listPath(query);
    let verdict = UNASKED;
    while (path !== null) {
      if (seen.size >= MAX_PAGES)
        return unreadable(verdict, `the list has over ${MAX_PAGES} pages`);
      seen.add(path);
      let page: ReturnType<typeof readListPage> = null;
      verdict = await this.#call({
        effect: 'read',
        tenant,
        request: { method: 'GET', path, maxResponseBytes: MAX_LIST_BYTES },
        proof: (body) => {
          page = readListPage(body, query);
          return page && { class: 'ACCEPTED', message: 'list read' };
        },
      });
      const read = page as ReturnType<typeof readListPage>;
      if (verdict.class !== 'ACCEPTED' || !read) return { ok: false, verdict };
      const own = read.rows.filter((row) => ownRow(row, query.where));
      rows.push(...own);
      path = own.length > 0 && read.next !== null && !seen.has(read.next) ? read.next : null;
    }
    return { ok: true, rows, verdict };
  }

  /** One call with at most one more after a 401: for a write only after the gateway's own refusal. */
  async #call(call: Call): Promise<Verdict> {
    const access = await this.#access(call.tenant);
    if (!access.ok) return notSent(access.error);
    const first = await this.#send(call, access.value);
    if (!first.ok) return classifyFailure(first.error);
    const again =
      first.value.status === 401 && (call.effect === 'read' || isGatewayRefusal(first.value));
    if (!again) return classifyAnswer(call.effect, first.value, call.proof);
    const renewed = await this.#access(call.tenant, access.value.accessToken);
    if (!renewed.ok) return classifyAnswer(call.effect, first.value, call.proof);
    const second = await this.#send(call, renewed.value);
    if (!second.ok) return classifyFailure(second.error);
    return classifyAnswer(call.effect, second.value, call.proof);
  }

  async #access(tenant: string, refusedToken?: string): Promise<Result<LentAccess>> {
    const access = await this.#options.lend(refusedToken);
    if (!access.ok) return access;
    if (access.value.endpoint.endsWith(`/${tenant}`)) return access;
    const message = `the lent credentials are not those of CloudSuite tenant ${tenant}; upload its .ionapi file`;
    return err(failure('conflict', 'cloudsuite.wrong-tenant', message));
  }

  async #send(call: Call, access: LentAccess): Promise<Result<HttpAnswer, HttpFailure>> {
    const { http, guard, budget, callTimeoutMs, seller } = this.#options;
    await budget.take(call.tenant);
    const { path, ...request } = call.request;
    const headers: Record<string, string> = {
      authorization: `Bearer ${access.accessToken}`,
      accept: 'application/json',
    };
    if (request.body !== undefined) headers['content-type'] = 'application/json';
    const url = `${access.endpoint}${path}`;
    return guard.run({ host: new URL(url).host, ledger: `${seller} ${call.tenant}` }, () =>
      http.send({ ...request, url, headers, timeoutMs: callTimeoutMs }),
    );
  }
}

const UNASKED: Verdict = {
  class: 'NOT_SENT',
  status: null,
  transactionId: null,
  message: 'not asked',
  retryAfterMs: null,
};

function notSent(error: { code: string; message: string; retryAfterMs?: number }): Verdict {
  return {
    ...UNASKED,
    message: `${error.code}: ${error.message}`,
    retryAfterMs: error.retryAfterMs ?? null,
  };
}

function unreadable(verdict: Verdict, why: string): { ok: false; verdict: Verdict } {
  const broken = verdict.class === 'ACCEPTED' ? ('UNKNOWN' as const) : verdict.class;
  return { ok: false, verdict: { ...verdict, class: broken, message: why } };
}

function resultOf(row: Row): InterfaceResult | null {
  const id = /^\s*(\d{1,18})\s*$/.exec(row.get(RESULT_CLASS) ?? '')?.[1];
  const [passed, failed, total] = ['PassedCount', 'FailedCount', 'RecordCount'].map((field) =>
    sequenceNumber(row.get(field)),
  );
  if (id === undefined || passed == null || failed == null || total == null) return null;
  return { id: BigInt(id), complete: row.get('Status')?.trim() === '1', passed, failed, total };
}

function query(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

/** Path and query of the interface action for one run group, one accounting entity. */
export function interfacePath({ ledger, runGroup }: RunGroupRef): string {
  return `${INTERFACE_PATH}?${query({
    PrmRunGroup: runGroup,
    PrmEnterpriseGroup: ledger.enterpriseGroup,
    PrmAccountingEntity: ledger.accountingEntity,
    ...INTERFACE_OPTIONS,
  })}`;
}

/** The form takes the run group only, which is why run groups are unique in a whole CloudSuite tenant. */
export function discardPath({ runGroup }: RunGroupRef): string {
  return `${DISCARD_PATH}?${query({ PrmRunGroup: runGroup, _cmAll: 'true' })}`;
}
