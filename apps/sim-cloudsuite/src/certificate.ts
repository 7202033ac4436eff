import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** PEM texts of the vendor port; `caFile` is set when the simulator made its own authority. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
  readonly caFile?: string;
}

const OWNER_ONLY = 0o600;

export function readCertificate(files: { certFile: string; keyFile: string }): ServerCertificate {
  return { cert: readFileSync(files.certFile, 'utf8'), key: readFileSync(files.keyFile, 'utf8') };
}

/** Makes a CA and a certificate for `localhost`, `*.localhost` and 127.0.0.1; the CA's PEM lands in `folder`. */
export async function makeCertificate(folder: string): Promise<ServerCertificate> {
  mkdirSync(folder, { recursive: true });
  const authority = await generate([{ name: 'commonName', value: 'CloudSuite simulator CA' }], {
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
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: '*.localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const caFile = join(folder, 'cloudsuite-ca.pem');
  writeFileSync(caFile, authority.cert);
  writeFileSync(join(folder, 'cloudsuite-cert.pem'), leaf.cert);
  writeFileSync(join(folder, 'cloudsuite-key.pem'), leaf.private, { mode: OWNER_ONLY });
  return { cert: leaf.cert, key: leaf.private, caFile };
}
