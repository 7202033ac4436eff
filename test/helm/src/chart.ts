import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { helmBinary } from './helm-binary.js';
import { isObject, type KubeObject } from './kube-object.js';

const ROOT = join(import.meta.dirname, '../../..');
const CHART = join(ROOT, 'helm/ml-connector');
const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 16 << 20;

export const RELEASE = 'books';
export const NAMESPACE = 'finance';

/** The value sets every check runs over; null is the chart's own. */
export const VALUE_SETS: readonly (readonly [string, string | null])[] = [
  ['its own values', null],
  ["a company's values", join(ROOT, 'test/helm/values/company.yaml')],
];

export interface HelmRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Helm on the chart, away from the user's own Helm settings and clusters. */
async function helm(command: readonly string[], values: string | null, more: readonly string[]) {
  const binary = await helmBinary(ROOT);
  const home = mkdtempSync(join(tmpdir(), 'mlc-helm-'));
  try {
    const args = [...command, CHART, '--namespace', NAMESPACE, ...more];
    if (values) args.push('--values', values);
    const run = spawnSync(binary, args, {
      encoding: 'utf8',
      env: { HOME: home, KUBECONFIG: join(home, 'none') },
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    if (run.error) throw run.error;
    return { code: run.status, stdout: run.stdout, stderr: run.stderr } satisfies HelmRun;
  } finally {
    rmSync(home, { recursive: true });
  }
}

export function lint(values: string | null): Promise<HelmRun> {
  return helm(['lint', '--strict'], values, []);
}

export function template(values: string | null, set: readonly string[] = []): Promise<HelmRun> {
  return helm(['template', RELEASE], values, set);
}

/** Every object of the rendered chart, hooks included. */
export async function rendered(values: string | null): Promise<KubeObject[]> {
  const run = await template(values);
  if (run.code !== 0) throw new Error(`helm template failed: ${run.stderr}`);
  return [...parseAllDocuments(run.stdout)].flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const object: unknown = document.toJSON();
    if (object === null) return [];
    if (!isObject(object)) throw new Error('helm template printed something that is no object');
    return [object];
  });
}
