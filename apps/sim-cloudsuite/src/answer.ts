/** What became of a vendor request, in the words of the truth log. */
export type RequestOutcome = 'served' | 'refused' | 'faulted' | 'violation';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly outcome: RequestOutcome;
  /** CloudSuite tenant, `null` when it could not be told. */
  readonly account: string | null;
  /** Client id, never a secret or a token. */
  readonly client: string | null;
  readonly note: string;
}

/** A vendor request with its body read. */
export interface VendorRequest {
  readonly method: string;
  /** Path and query as on the wire. */
  readonly path: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface AnswerParts {
  readonly headers?: Readonly<Record<string, string>>;
  readonly outcome?: RequestOutcome;
  readonly account?: string | null;
  readonly client?: string | null;
  readonly note?: string;
}

/** A JSON answer; `outcome` follows the status unless given. */
export function jsonAnswer(status: number, body: unknown, parts: AnswerParts = {}): Answer {
  return {
    status,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...parts.headers },
    outcome: parts.outcome ?? (status < 400 ? 'served' : 'refused'),
    account: parts.account ?? null,
    client: parts.client ?? null,
    note: parts.note ?? '',
  };
}

/** FSM's own refusal: `{code, message}`. */
export function fsmRefusal(message: string, code = 'ViewException'): Answer {
  return jsonAnswer(400, { code, message }, { note: message });
}
