import { at, isObject, type KubeObject, listAt, ofKind, selects } from './kube-object.js';

export interface Way {
  readonly peers: readonly unknown[];
  /** Such as `TCP/443`; empty means every port. */
  readonly ports: readonly string[];
}

/** What the policies that select a pod let it do; null when none limits that direction. */
export interface Reach {
  readonly ingress: readonly Way[] | null;
  readonly egress: readonly Way[] | null;
}

/** The union of all NetworkPolicies that select a pod with these labels, as a cluster adds them up. */
export function reachOf(objects: readonly KubeObject[], labels: unknown): Reach {
  const policies = ofKind(objects, 'NetworkPolicy').filter((policy) =>
    selects(at(policy, 'spec', 'podSelector', 'matchLabels'), labels),
  );
  const direction = (type: 'Ingress' | 'Egress', peersKey: 'from' | 'to'): Way[] | null => {
    const limiting = policies.filter((policy) =>
      listAt(policy, 'spec', 'policyTypes').includes(type),
    );
    if (limiting.length === 0) return null;
    return limiting.flatMap((policy) =>
      listAt(policy, 'spec', type.toLowerCase()).map((rule) => ({
        peers: listAt(rule, peersKey),
        ports: listAt(rule, 'ports').map(
          (port) => `${String(at(port, 'protocol'))}/${String(at(port, 'port'))}`,
        ),
      })),
    );
  };
  return { ingress: direction('Ingress', 'from'), egress: direction('Egress', 'to') };
}

/** Every port of these ways once, sorted; `any` stands for a way that names no port or no peer. */
export function portsOf(ways: readonly Way[] | null): string[] {
  if (ways === null) return ['any'];
  const ports = ways.flatMap((way) =>
    way.ports.length === 0 || way.peers.length === 0 ? ['any'] : way.ports,
  );
  return [...new Set(ports)].sort();
}

/** Whether a pod of this namespace with these labels is let through; a peer elsewhere never is. */
export function admits(way: Way, labels: unknown): boolean {
  return way.peers.some(
    (peer) =>
      isObject(peer) &&
      peer['namespaceSelector'] === undefined &&
      selects(at(peer, 'podSelector', 'matchLabels'), labels),
  );
}
