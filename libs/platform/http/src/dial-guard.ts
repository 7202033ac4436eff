import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where the client may connect to. */
export interface DialRules {
  /** The operator's list: `host` or `host:port`, which may be private or loopback. */
  readonly allowedHosts: readonly string[];
  /** Domains whose hosts may be called when every address of theirs is public. */
  readonly allowedSuffixes: readonly string[];
}

export interface DialTarget {
  /** Lower case, without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

/** Thrown while connecting, so before a byte of a request has left. */
export class DialRefused extends Error {
  constructor(
    readonly code: 'http.address-refused' | 'http.name-unknown',
    message: string,
  ) {
    super(message);
    this.name = 'DialRefused';
  }
}

/** The code Node and undici put on their errors, such as `ECONNREFUSED`. */
export function codeOf(cause: unknown): string {
  const coded = typeof cause === 'object' && cause !== null && 'code' in cause;
  return coded ? String(cause.code) : 'no code';
}

/** Lower case, an IPv6 address without its brackets. */
export function bareHost(hostname: string): string {
  return hostname.toLowerCase().replace(/^\[|\]$/g, '');
}

function isNamedByOperator(rules: DialRules, target: DialTarget): boolean {
  return rules.allowedHosts.some((entry) => {
    const named = entry.toLowerCase();
    return named === target.host || named === `${target.host}:${target.port}`;
  });
}

function isBelowSuffix(rules: DialRules, host: string): boolean {
  return rules.allowedSuffixes.some((entry) => {
    const suffix = entry.toLowerCase().replace(/^\./, '');
    return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
  });
}

/** True when the host may be asked at all; what its addresses are is checked when dialling. */
export function isHostAllowed(rules: DialRules, target: DialTarget): boolean {
  return isNamedByOperator(rules, target) || isBelowSuffix(rules, target.host);
}

/** Global unicast as IANA assigns it; private, loopback, link-local, CGNAT, mapped, 6to4, NAT64 … are not. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast';
}

async function resolve(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address);
  } catch (cause) {
    throw new DialRefused('http.name-unknown', `${host} could not be resolved (${codeOf(cause)})`);
  }
}

/**
 * Resolves once and answers the addresses to connect to.
 * Throws {@link DialRefused} when one of them is not public and the operator did not name the host.
 */
export async function addressesFor(
  rules: DialRules,
  target: DialTarget,
): Promise<readonly string[]> {
  const addresses = await resolve(target.host);
  if (isNamedByOperator(rules, target)) return addresses;
  const refused = addresses.find((address) => !isPublicAddress(address));
  if (refused !== undefined || addresses.length === 0) {
    throw new DialRefused(
      'http.address-refused',
      `${target.host} resolves to ${refused ?? 'nothing'}, which is not a public address; ` +
        'an operator may name the host in OUTBOUND_ALLOWED_HOSTS',
    );
  }
  return addresses;
}
