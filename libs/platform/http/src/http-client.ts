import { type Clock, err, failure, type Result } from '@mlc/kernel';
import { Agent } from 'undici';
import { guardedConnector } from './connector.js';
import { bareHost, type DialRules, isHostAllowed } from './dial-guard.js';
import {
  Exchange,
  type HttpAnswer,
  type HttpFailure,
  type HttpRequest,
  type Route,
} from './exchange.js';

export interface HttpClientOptions extends DialRules {
  /** PEM file trusted beside the default roots. */
  readonly caFile?: string;
  readonly clock: Clock;
  readonly connectionsPerOrigin?: number;
}

export interface HttpClient {
  /** Never throws, never retries, follows no redirect; any status is an answer. */
  send(request: HttpRequest): Promise<Result<HttpAnswer, HttpFailure>>;
  /** Breaks calls still running: drain first. */
  close(): Promise<void>;
}

const CONNECTIONS_PER_ORIGIN = 12;
const KEEP_ALIVE_MS = 30_000;
const MAX_URL_CHARS = 8_192;

/** Splits without rewriting: what stands after the authority goes out byte for byte. */
function routeOf(rules: DialRules, url: string): Route | string {
  if (url.length > MAX_URL_CHARS) return `the address is longer than ${MAX_URL_CHARS} characters`;
  const parts = /^https:\/\/([^/?#\\@]+)([/?][^#\\]*)?$/.exec(url);
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parts || parsed?.protocol !== 'https:') {
    return 'the address is not an https URL without user, fragment and backslash';
  }
  const host = bareHost(parsed.hostname);
  const port = parsed.port === '' ? 443 : Number(parsed.port);
  if (!isHostAllowed(rules, { host, port })) {
    return `${host}:${port} is neither below an allowed domain nor named by the operator (OUTBOUND_ALLOWED_HOSTS)`;
  }
  const rest = parts[2] ?? '/';
  return { origin: parsed.origin, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/**
 * The only way out of a service. `allowedHosts` is the operator's (loopback simulators, on-premises),
 * `allowedSuffixes` the vendor's domains; anything else is refused before it is resolved.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const agent = new Agent({
    allowH2: false,
    connect: guardedConnector(options),
    connections: options.connectionsPerOrigin ?? CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The deadline of a call is ours, over everything.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send(request) {
      const route = routeOf(options, request.url);
      if (typeof route === 'string') {
        const refused = failure('invalid', 'http.address-refused', route);
        return Promise.resolve(err({ ...refused, sent: 'no' as const }));
      }
      return new Exchange(request, route, options.clock).run(agent);
    },
    close: () => agent.destroy(),
  };
}
