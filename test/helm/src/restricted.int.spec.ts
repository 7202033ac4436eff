import { beforeAll, describe, expect, it } from '@jest/globals';
import { rendered } from './chart.js';
import { isObject, type KubeObject, nameOf, ofKind } from './kube-object.js';
import { complaints } from './restricted.js';

const FIRST_RUN_MS = 60_000;
const POD = ['spec', 'template', 'spec'];
const CONTAINER = [...POD, 'containers', 0];

type Path = readonly (string | number)[];

/** Removing any of these from any pod must be noticed. */
const OF_EVERY_POD: readonly Path[] = [
  [...POD, 'automountServiceAccountToken'],
  [...POD, 'serviceAccountName'],
  [...POD, 'securityContext'],
  [...POD, 'securityContext', 'runAsNonRoot'],
  [...POD, 'securityContext', 'runAsUser'],
  [...POD, 'securityContext', 'runAsGroup'],
  [...POD, 'securityContext', 'seccompProfile'],
  [...POD, 'containers'],
  [...CONTAINER, 'image'],
  [...CONTAINER, 'securityContext'],
  [...CONTAINER, 'securityContext', 'allowPrivilegeEscalation'],
  [...CONTAINER, 'securityContext', 'readOnlyRootFilesystem'],
  [...CONTAINER, 'securityContext', 'capabilities'],
  [...CONTAINER, 'securityContext', 'capabilities', 'drop'],
  [...CONTAINER, 'resources', 'limits'],
  [...CONTAINER, 'resources', 'limits', 'memory'],
  [...CONTAINER, 'resources', 'limits', 'cpu'],
  [...CONTAINER, 'resources', 'requests', 'memory'],
  [...CONTAINER, 'resources', 'requests', 'cpu'],
];

const OF_EVERY_SERVICE: readonly Path[] = [
  [...POD, 'terminationGracePeriodSeconds'],
  [...CONTAINER, 'lifecycle'],
  [...CONTAINER, 'startupProbe'],
  [...CONTAINER, 'livenessProbe'],
  [...CONTAINER, 'readinessProbe'],
  [...CONTAINER, 'ports'],
];

/** Setting any of these must be noticed too. */
const TURNED: readonly (readonly [Path, unknown])[] = [
  [[...POD, 'hostNetwork'], true],
  [[...POD, 'hostPID'], true],
  [[...POD, 'hostIPC'], true],
  [[...POD, 'automountServiceAccountToken'], true],
  [[...POD, 'serviceAccountName'], 'default'],
  [[...POD, 'securityContext', 'runAsNonRoot'], false],
  [[...POD, 'securityContext', 'runAsUser'], 0],
  [[...POD, 'securityContext', 'seccompProfile', 'type'], 'Unconfined'],
  [[...POD, 'volumes'], [{ name: 'node', hostPath: { path: '/' } }]],
  [[...CONTAINER, 'image'], 'registry.example.com/ml-connector:latest'],
  [[...CONTAINER, 'securityContext', 'privileged'], true],
  [[...CONTAINER, 'securityContext', 'allowPrivilegeEscalation'], true],
  [[...CONTAINER, 'securityContext', 'readOnlyRootFilesystem'], false],
  [[...CONTAINER, 'securityContext', 'runAsUser'], 0],
  [[...CONTAINER, 'securityContext', 'capabilities', 'add'], ['SYS_ADMIN']],
  [[...CONTAINER, 'securityContext', 'seccompProfile'], { type: 'Unconfined' }],
  [[...CONTAINER, 'ports'], [{ name: 'health', containerPort: 9090, hostPort: 9090 }]],
];

/** A copy in which the field at the path is gone, or has another value. */
function changed(object: KubeObject, path: Path, to?: unknown): KubeObject {
  const copy = structuredClone(object) as Record<string, unknown>;
  let here: unknown = copy;
  for (const step of path.slice(0, -1)) {
    here = Array.isArray(here)
      ? (here[Number(step)] as unknown)
      : isObject(here)
        ? here[step]
        : null;
  }
  const last = String(path.at(-1));
  if (!isObject(here)) throw new Error(`${nameOf(object)} has no ${path.join('.')}`);
  const parent = here as Record<string, unknown>;
  if (to === undefined) {
    if (!(last in parent)) throw new Error(`${nameOf(object)} has no ${path.join('.')}`);
    Reflect.deleteProperty(parent, last);
  } else {
    parent[last] = to;
  }
  return copy;
}

describe('the judge of pods', () => {
  let deployments: KubeObject[] = [];
  let workloads: KubeObject[] = [];

  beforeAll(async () => {
    const objects = await rendered(null);
    deployments = ofKind(objects, 'Deployment');
    workloads = [...deployments, ...ofKind(objects, 'Job')];
    expect(workloads).toHaveLength(7);
  }, FIRST_RUN_MS);

  it.each(OF_EVERY_POD.map((path) => [path.join('.'), path] as const))(
    'notices in every pod that %s is gone',
    (_, path) => {
      const unnoticed = workloads.filter(
        (object) => complaints(changed(object, path)).length === 0,
      );
      expect(unnoticed.map(nameOf)).toEqual([]);
    },
  );

  it.each(OF_EVERY_SERVICE.map((path) => [path.join('.'), path] as const))(
    'notices in every service that %s is gone',
    (_, path) => {
      const unnoticed = deployments.filter(
        (object) => complaints(changed(object, path)).length === 0,
      );
      expect(unnoticed.map(nameOf)).toEqual([]);
    },
  );

  it.each(TURNED.map(([path, to]) => [path.join('.'), path, to] as const))(
    'notices in every pod that %s is turned',
    (_, path, to) => {
      const unnoticed = workloads.filter(
        (object) => complaints(changed(object, path, to)).length === 0,
      );
      expect(unnoticed.map(nameOf)).toEqual([]);
    },
  );

  it('notices a probe on a job, which could only kill it', () => {
    const probe = { httpGet: { path: '/', port: 'health' } };
    const jobs = workloads.filter((object) => object['kind'] === 'Job');
    for (const job of jobs) {
      expect(complaints(changed(job, [...CONTAINER, 'livenessProbe'], probe))).not.toEqual([]);
    }
    expect(jobs).toHaveLength(2);
  });
});
