import { FailureError } from '@mlc/kernel';
import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { KitConfig } from './config.js';

/**
 * The only fields that reach a log. Whatever else is handed over stays out, so that no body, header,
 * credential or buyer is logged by mistake.
 */
const ALLOWED = new Set([
  ...[
    'err',
    'context',
    'reason',
    'code',
    'status',
    'kind',
    'state',
    'action',
    'step',
    'flow',
    'why',
    'lease',
  ],
  ...['seller', 'market', 'order', 'orders', 'line', 'journal', 'journals', 'runGroup', 'ledger'],
  ...[
    'topic',
    'partition',
    'offset',
    'group',
    'attempt',
    'attempts',
    'sequence',
    'type',
    'version',
  ],
  ...['correlationId', 'commandId', 'pollId', 'system', 'host', 'method', 'path', 'port'],
  ...['count', 'pages', 'rows', 'durationMs', 'waitMs', 'name', 'everyMs', 'signal', 'healthPort'],
]);
const MAX_TEXT_CHARACTERS = 500;
const MAX_LIST = 20;
const MAX_STACK_CHARACTERS = 2_000;
const MAX_CAUSES = 3;

/** One JSON line per record on standard error (standard output is for the ready line). */
export function createLogger(
  service: string,
  level: KitConfig['LOG_LEVEL'] = 'info',
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: allowed },
    serializers: { err: plainError },
  };
  return pino(options, destination);
}

function allowed(fields: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!ALLOWED.has(name)) continue;
    if (name === 'err') kept[name] = value;
    else if (Array.isArray(value)) kept[name] = value.slice(0, MAX_LIST).map(plain);
    else kept[name] = plain(value);
  }
  return kept;
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT_CHARACTERS);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? value : '[left out]';
}

/** An error without what libraries hang on it: SQL parameters, requests, answers. */
function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: plain(error) };
  const code =
    error instanceof FailureError ? error.failure.code : (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: error.message.slice(0, MAX_TEXT_CHARACTERS),
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack?.slice(0, MAX_STACK_CHARACTERS),
    ...(error.cause !== undefined && depth < MAX_CAUSES
      ? { cause: plainError(error.cause, depth + 1) }
      : {}),
  };
}

/** Nest's own words go where ours go; what it says about starting is for debugging. */
export function nestLogger(log: Logger): LoggerService {
  const to = (level: 'debug' | 'warn' | 'error') => {
    return (message: unknown, ...rest: unknown[]): void => {
      const context = rest.findLast((part) => typeof part === 'string');
      if (message instanceof Error) log[level]({ err: message, context }, message.message);
      else if (typeof message === 'object' && message !== null) {
        const text = (message as { message?: unknown }).message;
        log[level]({ ...message, context }, typeof text === 'string' ? text : 'event');
      } else log[level]({ context }, String(message));
    };
  };
  const error = to('error');
  return {
    log: to('debug'),
    debug: to('debug'),
    verbose: to('debug'),
    warn: to('warn'),
    error,
    fatal: error,
  };
}
