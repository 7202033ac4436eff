import { fsmRefusal, jsonAnswer, type Answer } from './answer.js';
import { GROUP, isObject, readRecord, RUN_GROUP, SEQUENCE, type Fields } from './staging-record.js';
import type { Tenant } from './tenant.js';
import type { TruthLog } from './truth-log.js';

const CREATED = 'Global Ledger Transaction Interface created';

/**
 * `POST …/CreateUnreleased/batch`: not atomic. One element per record in order, a failing one with
 * `exception.message` inside the 200, `batchStatus` last.
 */
export function batchCreate(
  tenant: Tenant,
  body: string,
  options: { maxFailures: string | null; truth: TruthLog },
): Answer {
  const records = recordsOf(body);
  if (!records) return fsmRefusal('_records is required', 'BadRequest');
  const maxFailures = Number(options.maxFailures ?? '-1');
  if (!Number.isInteger(maxFailures)) return fsmRefusal('_maxFailures is not numeric');
  const elements: unknown[] = [];
  const created: Fields[] = [];
  let failures = 0;
  for (const record of records) {
    const reading = readRecord(record, tenant.settings);
    let message = reading.ok ? undefined : reading.message;
    if (reading.ok && !tenant.staging.add(reading.fields)) message = keyViolation(reading.fields);
    if (message === undefined) {
      created.push(reading.fields);
      elements.push({ _fields: reading.fields, message: CREATED });
      continue;
    }
    failures += 1;
    elements.push({ _fields: keyFields(reading.fields), exception: { message } });
    if (maxFailures >= 0 && failures > maxFailures) break;
  }
  writeStaged(tenant, created, options.truth);
  const { batchStatusOnFailure, batchHttpStatusWhenAllFail } = tenant.settings;
  elements.push({ batchStatus: failures === 0 ? '0' : batchStatusOnFailure });
  const allFailed = failures > 0 && created.length === 0;
  return jsonAnswer(allFailed ? batchHttpStatusWhenAllFail : 200, elements, {
    note: failures === 0 ? '' : `${failures} of ${records.length} records failed`,
  });
}

function recordsOf(body: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const records = isObject(parsed) ? parsed['_records'] : undefined;
    return Array.isArray(records) ? records : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function keyViolation(fields: Fields): string {
  const key = `${GROUP} = ${fields[GROUP]}, RunGroup = ${fields[RUN_GROUP]}, SequenceNumber = ${fields[SEQUENCE]}`;
  return `Primary key violation on GLTransactionInterface.SymbolicKey: ${key} already exists`;
}

function keyFields(fields: Fields): Fields {
  const kept: Fields = {};
  for (const name of [GROUP, RUN_GROUP, SEQUENCE]) {
    const value = fields[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** One truth record per (enterprise group, run group) of the request; normally there is one. */
function writeStaged(tenant: Tenant, created: readonly Fields[], truth: TruthLog): void {
  const groups = Map.groupBy(created, (fields) => `${fields[GROUP]}\n${fields[RUN_GROUP]}`);
  for (const rows of groups.values()) {
    truth.append('staged', {
      tenant: tenant.ti,
      enterpriseGroup: rows[0]?.[GROUP],
      runGroup: rows[0]?.[RUN_GROUP],
      rows: rows.map((fields) => ({ sequence: fields[SEQUENCE], fields })),
    });
  }
}
