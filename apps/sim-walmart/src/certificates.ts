import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import type { SimulatorConfig } from './config.js';
import type { Certificate } from './vendor-door.js';

/** Only its owner may read a private key. */
const KEY_MODE = 0o600;

/**
 * The certificate of the vendor port: the given files, or one made here, signed by a CA of its own
 * (`sim-walmart-ca.pem` in the truth folder, to be trusted by whoever calls).
 */
export async function certificateFor(
  config: Pick<SimulatorConfig, 'tls' | 'truthDir'>,
): Promise<Certificate> {
  if (config.tls) {
    return {
      cert: readFileSync(config.tls.certFile, 'utf8'),
      key: readFileSync(config.tls.keyFile, 'utf8'),
    };
  }
  const caFile = join(config.truthDir, 'sim-walmart-ca.pem');
  const certFile = join(config.truthDir, 'sim-walmart.pem');
  const keyFile = join(config.truthDir, 'sim-walmart.key');
  if (![caFile, certFile, keyFile].every((file) => existsSync(file))) {
    mkdirSync(config.truthDir, { recursive: true });
    const made = await makeCertificate();
    writeFileSync(caFile, made.ca);
    writeFileSync(certFile, made.cert);
    writeFileSync(keyFile, made.key, { mode: KEY_MODE });
  }
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

async function makeCertificate(): Promise<Certificate & { ca: string }> {
  const ca = await generate([{ name: 'commonName', value: 'Walmart simulator CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { ca: ca.cert, cert: leaf.cert, key: leaf.private };
}
