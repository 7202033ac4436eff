import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { lint, NAMESPACE, RELEASE, rendered, template, VALUE_SETS } from './chart.js';
import { at, type KubeObject, listAt, nameOf, ofKind, selects, textAt } from './kube-object.js';
import { admits, portsOf, reachOf } from './reachability.js';
import { complaints } from './restricted.js';

const SERVICES = ['credential-vault', 'gl-posting', 'ingestion', 'mapping', 'tenant-api'];
const JOBS = ['migrate', 'topics'];
const FIRST_RUN_MS = 60_000;

const componentOf = (object: KubeObject): string =>
  textAt(object, 'metadata', 'labels', 'app.kubernetes.io/component');
const podLabels = (workload: KubeObject): unknown =>
  at(workload, 'spec', 'template', 'metadata', 'labels');
const containersOf = (workload: KubeObject): readonly unknown[] =>
  listAt(workload, 'spec', 'template', 'spec', 'containers');

describe.each(VALUE_SETS)('the chart with %s', (_, values) => {
  let objects: KubeObject[] = [];
  let workloads: KubeObject[] = [];

  beforeAll(async () => {
    objects = await rendered(values);
    workloads = [...ofKind(objects, 'Deployment'), ...ofKind(objects, 'Job')];
  }, FIRST_RUN_MS);

  it('passes a strict lint', async () => {
    const run = await lint(values);
    expect(run.stdout).toContain('0 chart(s) failed');
    expect(run.code).toBe(0);
  });

  it('has a Deployment per service and a Job before them for schemas and topics', () => {
    expect(ofKind(objects, 'Deployment').map(componentOf).sort()).toEqual(SERVICES);
    expect(ofKind(objects, 'Job').map(componentOf)).toEqual(JOBS);
    for (const job of ofKind(objects, 'Job')) {
      expect(at(job, 'metadata', 'annotations', 'helm.sh/hook')).toBe('pre-install,pre-upgrade');
    }
    expect(workloads.flatMap(containersOf).map((container) => at(container, 'command', 2))).toEqual(
      workloads.map((workload) =>
        workload['kind'] === 'Job'
          ? 'dist/deploy/jobs/src/main.js'
          : `dist/apps/${componentOf(workload)}/src/main.js`,
      ),
    );
  });

  it('gives every pod the restricted profile, limits and probes', () => {
    expect(workloads.flatMap(complaints)).toEqual([]);
  });

  it('runs no job on anything that is made after it', () => {
    const isHook = (object: KubeObject): boolean =>
      textAt(object, 'metadata', 'annotations', 'helm.sh/hook') !== '';
    const hooks = new Set(
      objects.filter(isHook).map((object) => `${String(object['kind'])} ${nameOf(object)}`),
    );
    for (const job of ofKind(objects, 'Job')) {
      expect(hooks).toContain(
        `ServiceAccount ${textAt(job, 'spec', 'template', 'spec', 'serviceAccountName')}`,
      );
      expect(hooks).toContain(`NetworkPolicy ${nameOf(job)}`);
      expect(JSON.stringify(job)).not.toContain('configMap');
    }
  });

  it('gives every pod a ServiceAccount of its own, without a token', () => {
    const accounts = ofKind(objects, 'ServiceAccount');
    expect(accounts.map((account) => account['automountServiceAccountToken'])).toEqual(
      workloads.map(() => false),
    );
    expect(accounts.map(nameOf).sort()).toEqual(
      workloads.map((w) => textAt(w, 'spec', 'template', 'spec', 'serviceAccountName')).sort(),
    );
  });

  it('selects the pods of exactly one service in each Deployment, Service and budget', () => {
    const matching = (selector: unknown): string[] =>
      workloads.filter((workload) => selects(selector, podLabels(workload))).map(componentOf);
    for (const kind of ['Deployment', 'PodDisruptionBudget']) {
      for (const object of ofKind(objects, kind)) {
        expect(matching(at(object, 'spec', 'selector', 'matchLabels'))).toEqual([
          componentOf(object),
        ]);
      }
    }
    expect(ofKind(objects, 'PodDisruptionBudget').map(componentOf).sort()).toEqual(SERVICES);
    for (const service of ofKind(objects, 'Service')) {
      expect(matching(at(service, 'spec', 'selector'))).toEqual([componentOf(service)]);
    }
    expect(
      ofKind(objects, 'Service').map((service) => [
        nameOf(service),
        at(service, 'spec', 'ports', 0, 'name'),
      ]),
    ).toEqual([
      [`${RELEASE}-ml-connector-credential-vault`, 'https'],
      [`${RELEASE}-ml-connector-tenant-api`, 'http'],
    ]);
  });

  it('tells callers the vault by its Service', () => {
    const urls = workloads.flatMap((workload) =>
      containersOf(workload)
        .flatMap((container) => listAt(container, 'env'))
        .filter((variable) => at(variable, 'name') === 'VAULT_URL')
        .map((variable) => [componentOf(workload), at(variable, 'value')]),
    );
    const url = `https://${RELEASE}-ml-connector-credential-vault.${NAMESPACE}.svc:8443`;
    expect(urls).toEqual(['gl-posting', 'ingestion', 'tenant-api'].map((name) => [name, url]));
  });

  it('holds no secret: none is made, none lies in a ConfigMap or a variable', () => {
    expect(ofKind(objects, 'Secret')).toEqual([]);
    const plain = [
      ...ofKind(objects, 'ConfigMap').flatMap((map) => Object.entries(at(map, 'data') ?? {})),
      ...workloads
        .flatMap(containersOf)
        .flatMap((container) => listAt(container, 'env'))
        .filter((variable) => at(variable, 'value') !== undefined)
        .map((variable): [string, unknown] => [textAt(variable, 'name'), at(variable, 'value')]),
    ];
    expect(plain.length).toBeGreaterThan(20);
    const leaks = plain.filter(
      ([name, value]) =>
        typeof value !== 'string' ||
        /:\/\/[^/]*@/.test(value) ||
        (/SECRET|PASSWORD|TOKEN|KEY|DATABASE/.test(name) && !/^\/run\/secrets\//.test(value)),
    );
    expect(leaks).toEqual([]);
  });

  it("mounts the vault's keys in the vault alone, and each database Secret in one pod", () => {
    const readers = (secret: RegExp): string[] =>
      workloads.filter((workload) => secret.test(JSON.stringify(workload))).map(componentOf);
    expect(readers(/"VAULT_KEY_FILE"/)).toEqual(['credential-vault']);
    expect(readers(/"tls\.key"/)).toEqual(['credential-vault']);
    expect(readers(/"ADMIN_API_KEY_FILE"/)).toEqual(['tenant-api']);
    expect(readers(/"DATABASE_ADMIN_URL"/)).toEqual(['migrate']);
    const logins = workloads.map((workload) => [
      ...new Set(
        containersOf(workload)
          .flatMap((container) => listAt(container, 'env'))
          .filter((variable) => textAt(variable, 'name').startsWith('DATABASE_'))
          .map((variable) => textAt(variable, 'valueFrom', 'secretKeyRef', 'name')),
      ),
    ]);
    expect(new Set(logins.flat()).size).toBe(SERVICES.length + 1);
    expect(logins.map((names) => names.length)).toEqual(
      workloads.map((w) => (componentOf(w) === 'topics' ? 0 : 1)),
    );
  });

  it('lets each pod reach what it needs and nothing else', () => {
    const company = values !== null;
    const database = company ? 'TCP/6432' : 'TCP/5432';
    const kafka = company ? ['TCP/9092', 'TCP/9095'] : ['TCP/9092'];
    const dns = ['TCP/53', 'UDP/53'];
    const service = [...dns, database, ...kafka];
    const expected: Record<string, string[]> = {
      ingestion: [...service, 'TCP/8443', 'TCP/443'],
      'gl-posting': [...service, 'TCP/8443', 'TCP/443'],
      'credential-vault': [...service, 'TCP/443'],
      'tenant-api': [...service, 'TCP/8443'],
      mapping: service,
      migrate: [...dns, database],
      topics: [...dns, ...kafka],
    };
    const ingress: Record<string, string[]> = {
      'credential-vault': ['TCP/8443'],
      'tenant-api': company ? ['TCP/8080'] : [],
    };
    for (const workload of workloads) {
      const name = componentOf(workload);
      const reach = reachOf(objects, podLabels(workload));
      expect([name, portsOf(reach.egress)]).toEqual([name, expected[name]?.sort()]);
      expect([name, portsOf(reach.ingress)]).toEqual([name, ingress[name] ?? []]);
    }
  });

  it('lets only the three callers into the vault', () => {
    const vault = workloads.find((workload) => componentOf(workload) === 'credential-vault');
    const ways = reachOf(objects, vault && podLabels(vault)).ingress ?? [];
    const callers = workloads.filter((workload) =>
      ways.some((way) => admits(way, podLabels(workload))),
    );
    expect(callers.map(componentOf).sort()).toEqual(['gl-posting', 'ingestion', 'tenant-api']);
  });

  it('denies by default, before any policy of a service speaks', () => {
    const deny = ofKind(objects, 'NetworkPolicy').filter((policy) =>
      nameOf(policy).endsWith('-deny'),
    );
    expect(deny).toHaveLength(1);
    for (const workload of workloads) {
      expect(reachOf(deny, podLabels(workload))).toEqual({ ingress: [], egress: [] });
    }
  });
});

describe('values an operator gets wrong', () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ['a name the chart does not know', 'replicas=2', 'replicas'],
    ['a misspelt name further down', 'kafka.broker=a:9092', 'broker'],
    ['a service that does not exist', 'services.reconciliation.replicas=2', 'reconciliation'],
    ['an image without a version', 'image.tag=latest', '/image/tag'],
    ['a digest that is none', 'image.digest=sha256:abc', '/image/digest'],
    ['no broker', 'kafka.brokers=null', 'brokers'],
    ['a broker without a port', 'kafka.brokers={kafka}', '/kafka/brokers/0'],
    ['a broker on a port that is not open', 'kafka.brokers={kafka:9094}', 'network.kafka.ports'],
    [
      'an allowed host given as an address',
      'outbound.allowedHosts={https://a.example}',
      'allowedHosts',
    ],
    ['no replica', 'services.mapping.replicas=0', '/services/mapping/replicas'],
    ['root', 'runAs.user=0', '/runAs/user'],
    ['no memory limit', 'services.mapping.resources.limits.memory=null', 'memory'],
    ['a database anywhere', 'network.database.peers=null', 'peers'],
    ['a secret as a setting', 'services.mapping.settings.API_TOKEN=abc', 'API_TOKEN'],
    ['a login in a setting', 'services.mapping.settings.A_URL=x://u:p@h', 'A_URL'],
    ['a setting of the chart', 'services.mapping.settings.HTTP_HOST=h', 'HTTP_HOST'],
    ['a setting of tests', 'services.mapping.settings.MLC_CRASH_AT=x', 'MLC_CRASH_AT'],
    ['a grace period shorter than the delay', 'shutdown.preStopSeconds=31', 'graceSeconds'],
  ];

  it.each(refused)('refuses %s (%s)', async (_, setting, named) => {
    const run = await template(null, ['--set', setting]);
    expect(run.code).not.toBe(0);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain(named);
  });

  it('still takes a right one', async () => {
    const run = await template(null, ['--set', 'services.mapping.settings.BATCH_MAX_EVENTS="250"']);
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('BATCH_MAX_EVENTS');
  });
});

describe("the chart's schema", () => {
  it('is closed in every object that describes values', () => {
    const schema: unknown = JSON.parse(
      readFileSync(
        join(import.meta.dirname, '../../../helm/ml-connector/values.schema.json'),
        'utf8',
      ),
    );
    const open: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      const properties = at(value, 'properties');
      if (properties !== undefined && !Array.isArray(value)) {
        if (at(value, 'additionalProperties') !== false) open.push(path);
      }
      for (const [key, child] of Object.entries(value)) walk(child, `${path}/${key}`);
    };
    walk(schema, '');
    expect(open).toEqual([]);
  });
});
