import { at, isObject, type KubeObject, listAt, textAt } from './kube-object.js';

/** Volumes of Pod Security "restricted" that need no claim; anything else is refused here. */
const VOLUMES = ['configMap', 'downwardAPI', 'emptyDir', 'projected', 'secret'];
const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'];
const POD_TEMPLATE = ['spec', 'template', 'spec'];

/**
 * What a workload (Deployment or Job) lacks of what every pod of the chart must have; empty when it
 * lacks nothing. Each complaint names the field.
 */
export function complaints(workload: KubeObject): string[] {
  const pod = at(workload, ...POD_TEMPLATE);
  const runsForEver = workload['kind'] === 'Deployment';
  const containers = listAt(pod, 'containers');
  return [
    ...podComplaints(pod),
    ...(containers.length === 0 ? ['containers: none'] : []),
    ...[...containers, ...listAt(pod, 'initContainers')].flatMap((container) => [
      ...securityComplaints(container),
      ...imageComplaints(container),
      ...resourceComplaints(container),
    ]),
    ...containers.flatMap((container) => probeComplaints(container, runsForEver)),
    ...(runsForEver ? shutdownComplaints(pod) : []),
  ];
}

type Expectation = readonly [path: readonly string[], holds: (value: unknown) => boolean];

const isTrue = (value: unknown): boolean => value === true;
const isFalse = (value: unknown): boolean => value === false;
const isAbsent = (value: unknown): boolean => value === undefined;
const isNotRoot = (value: unknown): boolean => typeof value === 'number' && value > 0;
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const POD: readonly Expectation[] = [
  [['automountServiceAccountToken'], isFalse],
  [['serviceAccountName'], (value) => isText(value) && value !== 'default'],
  [['hostNetwork'], isAbsent],
  [['hostPID'], isAbsent],
  [['hostIPC'], isAbsent],
  [['securityContext', 'runAsNonRoot'], isTrue],
  [['securityContext', 'runAsUser'], isNotRoot],
  [['securityContext', 'runAsGroup'], isNotRoot],
  [['securityContext', 'seccompProfile', 'type'], (value) => value === 'RuntimeDefault'],
];

const CONTAINER: readonly Expectation[] = [
  [['securityContext', 'allowPrivilegeEscalation'], isFalse],
  [['securityContext', 'readOnlyRootFilesystem'], isTrue],
  [['securityContext', 'capabilities', 'drop'], (value) => isExactly(value, ['ALL'])],
  [['securityContext', 'capabilities', 'add'], isAbsent],
  [['securityContext', 'privileged'], isAbsent],
  [['securityContext', 'procMount'], isAbsent],
  // Said once, for the pod: a container that says otherwise would win.
  [['securityContext', 'runAsNonRoot'], isAbsent],
  [['securityContext', 'runAsUser'], isAbsent],
  [['securityContext', 'seccompProfile'], isAbsent],
];

const RESOURCES: readonly Expectation[] = ['requests', 'limits'].flatMap((bound) =>
  ['cpu', 'memory'].map((resource): Expectation => [['resources', bound, resource], isText]),
);

function isExactly(value: unknown, expected: readonly string[]): boolean {
  return JSON.stringify(value) === JSON.stringify(expected);
}

function unmet(where: string, object: unknown, expectations: readonly Expectation[]): string[] {
  return expectations
    .filter(([path, holds]) => !holds(at(object, ...path)))
    .map(([path]) => `${where}: ${path.join('.')} is ${JSON.stringify(at(object, ...path))}`);
}

function podComplaints(pod: unknown): string[] {
  const volumes = listAt(pod, 'volumes').flatMap((volume) =>
    Object.keys(isObject(volume) ? volume : {}).filter((key) => key !== 'name'),
  );
  return [
    ...unmet('pod', pod, POD),
    ...volumes.filter((kind) => !VOLUMES.includes(kind)).map((kind) => `pod: volume of ${kind}`),
  ];
}

function securityComplaints(container: unknown): string[] {
  const name = textAt(container, 'name');
  const hostPorts = listAt(container, 'ports').filter((port) => at(port, 'hostPort') !== undefined);
  return [
    ...unmet(name, container, CONTAINER),
    ...hostPorts.map((port) => `${name}: hostPort ${String(at(port, 'hostPort'))}`),
  ];
}

function imageComplaints(container: unknown): string[] {
  const image = textAt(container, 'image');
  const pinned = /(@sha256:[a-f0-9]{64}|:[A-Za-z0-9_][\w.-]*)$/.test(image);
  return pinned && !image.endsWith(':latest')
    ? []
    : [`${textAt(container, 'name')}: image ${image} names no version`];
}

function resourceComplaints(container: unknown): string[] {
  return unmet(textAt(container, 'name'), container, RESOURCES);
}

/** A job's end is its answer: a probe could only kill it. */
function probeComplaints(container: unknown, runsForEver: boolean): string[] {
  const name = textAt(container, 'name');
  const ports = listAt(container, 'ports').map((port) => at(port, 'name'));
  return PROBES.flatMap((probe) => {
    if (!runsForEver)
      return at(container, probe) === undefined ? [] : [`${name}: job with ${probe}`];
    const asked = at(container, probe, 'httpGet', 'port');
    return asked === 'health' && ports.includes(asked) ? [] : [`${name}: no ${probe} on health`];
  });
}

function shutdownComplaints(pod: unknown): string[] {
  const grace = at(pod, 'terminationGracePeriodSeconds');
  return listAt(pod, 'containers').flatMap((container) => {
    const delay = at(container, 'lifecycle', 'preStop', 'sleep', 'seconds');
    const name = textAt(container, 'name');
    if (typeof delay !== 'number' || delay < 1) return [`${name}: no preStop delay`];
    return typeof grace === 'number' && grace > delay
      ? []
      : [`${name}: terminationGracePeriodSeconds does not exceed the preStop delay`];
  });
}
