import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates } from 'node:tls';
import { buildConnector } from 'undici';
import { addressesFor, bareHost, codeOf, DialRefused, type DialRules } from './dial-guard.js';

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_ADDRESSES_TRIED = 3;

/** Failed before a request was written on the connection. */
export class NotConnected extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'NotConnected';
  }
}

/** Connects to an address that was checked, with the name's SNI, Host and certificate check kept. */
export function guardedConnector(
  options: DialRules & { readonly caFile?: string },
): buildConnector.connector {
  const ca = [...getCACertificates('default')];
  if (options.caFile) ca.push(readFileSync(options.caFile, 'utf8'));
  const dial = buildConnector({
    allowH2: false,
    timeout: CONNECT_TIMEOUT_MS,
    // Parsed once: the default roots cost milliseconds per connection otherwise.
    secureContext: createSecureContext({ ca }),
  });
  return (target, done) => {
    const host = bareHost(target.hostname);
    const port = target.port === '' ? 443 : Number(target.port);
    const connect = async () => {
      if (target.protocol !== 'https:') {
        throw new NotConnected('http.address-refused', 'only https is spoken');
      }
      const addresses = await addressesFor(options, { host, port });
      let last: unknown = new NotConnected('http.connect-failed', `${host} has no address`);
      for (const address of addresses.slice(0, MAX_ADDRESSES_TRIED)) {
        try {
          return await dialOnce(dial, { ...target, hostname: address });
        } catch (cause) {
          last = cause;
        }
      }
      throw last;
    };
    connect().then(
      (socket) => done(null, socket),
      (cause: unknown) => done(asNotConnected(cause, host), null),
    );
  };
}

type Socket = NonNullable<Parameters<buildConnector.Callback>[1]>;

function dialOnce(dial: buildConnector.connector, target: buildConnector.Options): Promise<Socket> {
  return new Promise((resolve, reject) => {
    dial(target, (...outcome: Parameters<buildConnector.Callback>) => {
      if (outcome[0]) reject(outcome[0]);
      else resolve(outcome[1]);
    });
  });
}

function asNotConnected(cause: unknown, host: string): NotConnected {
  if (cause instanceof NotConnected) return cause;
  if (cause instanceof DialRefused) return new NotConnected(cause.code, cause.message);
  const why = codeOf(cause);
  const code = /CERT|TLS|SSL|SIGNATURE|SELF_SIGNED/.test(why)
    ? 'http.tls-failed'
    : 'http.connect-failed';
  return new NotConnected(code, `no connection to ${host}: ${why}`);
}
