import { type Clock, err, failure, type Failure, ok, type Result } from '@mlc/kernel';
import { type Agent, type Dispatcher } from 'undici';
import { NotConnected } from './connector.js';
import { codeOf } from './dial-guard.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** https; path and query go out exactly as written. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly durationMs: number;
}

export interface HttpFailure extends Failure {
  /** `no` only when nothing of the request can have left this process. */
  readonly sent: 'no' | 'maybe';
}

export interface Route {
  readonly origin: string;
  /** Path and query as written by the caller. */
  readonly path: string;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function flat(headers: Headers): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined) {
      joined[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
    }
  }
  return joined;
}

/** One request and its answer; settles exactly once. */
export class Exchange implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | null = null;
  #settle: ((result: Result<HttpAnswer, HttpFailure>) => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #startedMs = 0;
  /** Set when undici takes the request to a connection: from here on bytes may have left. */
  #mayHaveLeft = false;
  #status = 0;
  #headers: Headers = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    readonly request: HttpRequest,
    readonly route: Route,
    readonly clock: Clock,
  ) {}

  run(agent: Agent): Promise<Result<HttpAnswer, HttpFailure>> {
    const { method, headers, body, timeoutMs } = this.request;
    this.#startedMs = this.clock.monotonicMs();
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#timer = setTimeout(() => this.#expire(), timeoutMs);
      try {
        agent.dispatch(
          { ...this.route, method, headers: { ...headers }, body: body ?? null },
          this,
        );
      } catch (cause) {
        this.onResponseError(null, cause instanceof Error ? cause : new Error('dispatch failed'));
      }
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection: must not be written any more.
    if (!this.#settle) controller.abort(new Error('deadline passed before sending'));
    else this.#mayHaveLeft = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Headers,
  ): void {
    this.#status = status;
    this.#headers = headers;
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      this.#fail('http.encoding-refused', `answered with content-encoding ${String(encoding)}`);
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.request.maxResponseBytes) {
      this.#fail(
        'http.answer-too-large',
        `answered more than ${this.request.maxResponseBytes} bytes`,
      );
    } else {
      this.#chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    const [only] = this.#chunks;
    const body =
      this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#bytes);
    this.#finish(
      ok({
        status: this.#status,
        headers: flat(this.#headers),
        body: body.toString('utf8'),
        durationMs: this.clock.monotonicMs() - this.#startedMs,
      }),
    );
  }

  onResponseError(_controller: unknown, cause: Error): void {
    if (cause instanceof NotConnected) {
      this.#fail(cause.code, cause.message);
      return;
    }
    const why = codeOf(cause);
    this.#fail(
      this.#mayHaveLeft ? 'http.connection-lost' : 'http.not-sent',
      this.#mayHaveLeft ? `the connection broke (${why})` : `the request was not sent (${why})`,
    );
  }

  #expire(): void {
    this.#fail('http.timeout', `no complete answer within ${this.request.timeoutMs} ms`);
  }

  #fail(code: string, why: string): void {
    if (!this.#settle) return;
    const sent = this.#mayHaveLeft ? 'maybe' : 'no';
    const refused = code === 'http.address-refused';
    const kind = refused ? 'invalid' : sent === 'no' ? 'unavailable' : 'unknown-outcome';
    const what = `${this.request.method} ${this.route.origin}: ${why}`;
    this.#finish(err({ ...failure(kind, code, what, { detail: { sent } }), sent }));
    this.#controller?.abort(new Error(code));
  }

  #finish(result: Result<HttpAnswer, HttpFailure>): void {
    const settle = this.#settle;
    if (!settle) return;
    this.#settle = null;
    clearTimeout(this.#timer);
    settle(result);
  }
}
