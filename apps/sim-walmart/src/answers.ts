/** One answer of the vendor's API, complete before it is sent. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the truth log: why it was refused. */
  readonly note?: string;
  readonly violation?: boolean;
}

export const JSON_TYPE = 'application/json;charset=UTF-8';

interface GatewayError {
  readonly code: string;
  readonly field: string;
  readonly description: string;
  readonly info: string;
  readonly severity: 'ERROR' | 'INFO';
  readonly category: 'DATA' | 'APPLICATION' | 'REQUEST';
}

function gateway(status: number, error: GatewayError): Answer {
  const body = JSON.stringify({ error: [{ ...error, causes: [], errorIdentifiers: {} }] });
  return { status, body, note: error.code };
}

export function unauthorised(note: string): Answer {
  const answer = gateway(401, {
    code: 'UNAUTHORIZED.GMP_GATEWAY_API',
    field: 'UNAUTHORIZED',
    description: 'Unauthorized',
    info: 'Unauthorized token or incorrect authorization header.',
    severity: 'ERROR',
    category: 'DATA',
  });
  return { ...answer, note };
}

export function headerMissing(field: string): Answer {
  return gateway(400, {
    code: 'INVALID_REQUEST_HEADER.GMP_GATEWAY_API',
    field,
    description: `${field} set blank or null`,
    info: 'One or more request headers are invalid.',
    severity: 'ERROR',
    category: 'DATA',
  });
}

export function nothingFound(what: 'orders' | 'order' | 'item' | 'path'): Answer {
  const api =
    what === 'item' ? 'GMP_ITEM_QUERY_API' : what === 'path' ? 'GMP_GATEWAY_API' : 'GMP_ORDER_API';
  return gateway(404, {
    code: `CONTENT_NOT_FOUND.${api}`,
    field: '404_NOT_FOUND',
    description: `No ${what} found for the input parameters.`,
    info: 'Requested content could not be found.',
    severity: 'INFO',
    category: 'APPLICATION',
  });
}

export function thresholdViolated(): Answer {
  return gateway(429, {
    code: 'REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API',
    field: 'REQUEST',
    description: 'Request threshold violated',
    info: 'The number of requests is above the limit of this API.',
    severity: 'ERROR',
    category: 'REQUEST',
  });
}

/** The envelope of the current documentation, used for bad query parameters. */
export function invalidParameter(field: string, message: string): Answer {
  const error = {
    code: 'INVALID_REQUEST_PARAM',
    message,
    category: 'DATA',
    severity: 'ERROR',
    field,
  };
  return {
    status: 400,
    body: JSON.stringify({ errors: [error] }),
    note: `INVALID_REQUEST_PARAM ${field}`,
  };
}

/** What an unknown client meets at the token endpoint: no envelope at all. */
export function bareBadRequest(note: string): Answer {
  return { status: 400, body: 'Bad Request', contentType: 'text/plain', note };
}

/** A correct connector never writes to Walmart; nothing here does anything but say so. */
export function writeRefused(method: string): Answer {
  return {
    status: 405,
    body: JSON.stringify({ errors: [{ code: 'METHOD_NOT_ALLOWED', message: 'read only' }] }),
    note: `${method} is a write to Walmart`,
    violation: true,
  };
}
