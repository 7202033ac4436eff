import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Service } from '@mlc/events';
import { type RunningProcess, startProcess } from '@mlc/testing';
import { repositoryRoot } from '../../../deploy/embedded/root.mjs';
import { type Servers, startServers } from '../../../deploy/embedded/servers.mjs';
import { createTopics, migrateAll, rolesOf } from '@mlc/jobs';
import { apiLink, type ApiLink } from './api-link.js';
import { type Certificates, makeCertificates } from './certificates.js';
import { makeSecrets, type Secrets } from './secrets.js';

export interface InstallationOptions {
  /** Everything of this installation lies below it. */
  readonly folder: string;
  /** False trades what a crash of the machine would leave for speed. */
  readonly durable?: boolean;
  /** Settings of a service, at every start of it. */
  readonly settings?: Partial<Record<Service, Record<string, string>>>;
  /** Environment of a service's first start only, such as a crash point. */
  readonly atFirst?: Partial<Record<Service, Record<string, string>>>;
  readonly onStep?: (step: string) => void;
}

export interface Restart {
  readonly environment?: Record<string, string>;
  /** `spawn` does not wait until it serves: a process may die again before. */
  readonly readyWhen?: 'json-line' | 'spawn';
}

export interface Simulator {
  readonly process: RunningProcess;
  /** The vendor's port. */
  readonly port: number;
  readonly controlUrl: string;
  readonly truthFile: string;
}

export interface Installation {
  readonly servers: Servers;
  readonly walmart: Simulator;
  readonly cloudsuite: Simulator;
  readonly services: ReadonlyMap<Service, RunningProcess>;
  readonly api: ApiLink;
  readonly folder: string;
  /** Starts a service that has ended (or ends it first), with more environment if given. */
  restart(service: Service, restart?: Restart): Promise<RunningProcess>;
  stop(): Promise<void>;
}

interface ServicePlan {
  readonly service: Service;
  readonly schema: string;
  readonly port?: { readonly variable: string };
}

/**
 * Young and old space bounded, so that five services fit a small machine; a larger young space trades
 * memory for processor time (figures in the bench's README).
 */
const NODE_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=256'];

/** In the order they are started; the vault first, because others ask it. */
const PLANS: readonly ServicePlan[] = [
  { service: 'credential-vault', schema: 'vault', port: { variable: 'VAULT_PORT' } },
  { service: 'tenant-api', schema: 'tenant', port: { variable: 'TENANT_API_PORT' } },
  { service: 'ingestion', schema: 'ingestion' },
  { service: 'mapping', schema: 'mapping' },
  { service: 'gl-posting', schema: 'posting' },
];

export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const building = new InstallationBuilder(options);
  try {
    return await building.start();
  } catch (error) {
    await building.stop();
    throw error;
  }
}

class InstallationBuilder {
  private readonly root = repositoryRoot();
  private readonly services = new Map<Service, RunningProcess>();
  private readonly ports = new Map<Service, number>();
  private readonly simulators: Simulator[] = [];
  private servers: Servers | null = null;
  private secrets: Secrets | null = null;
  private certificates: Certificates | null = null;
  private vendorHosts = '';

  constructor(private readonly options: InstallationOptions) {}

  async start(): Promise<Installation> {
    const { folder, onStep = () => undefined } = this.options;
    mkdirSync(join(folder, 'secrets'), { recursive: true });
    this.certificates = await makeCertificates(join(folder, 'secrets'));
    this.secrets = makeSecrets(join(folder, 'secrets'));
    onStep('PostgreSQL and Kafka');
    const servers = await startServers({
      dataDir: join(folder, 'servers'),
      durable: this.options.durable ?? true,
      onDownload: (file) => onStep(`fetching ${file}`),
    });
    this.servers = servers;
    onStep('schemas, roles and topics');
    await Promise.all([
      migrateAll(servers.databaseUrl, this.secrets.rolePasswords),
      createTopics({ brokers: servers.kafkaBrokers }),
    ]);
    onStep('simulators of Walmart and CloudSuite');
    const [walmart, cloudsuite] = await Promise.all([
      this.startSimulator('walmart'),
      this.startSimulator('cloudsuite'),
    ]);
    this.vendorHosts = `localhost:${walmart.port},localhost:${cloudsuite.port}`;
    onStep('services');
    for (const { service } of PLANS.slice(0, 1)) await this.startService(service);
    await Promise.all(PLANS.slice(1).map(({ service }) => this.startService(service)));
    const port = this.ports.get('tenant-api');
    return {
      servers,
      walmart,
      cloudsuite,
      services: this.services,
      api: apiLink(`http://127.0.0.1:${port}`, this.secrets.adminKey),
      folder,
      restart: (service, restart) => this.restart(service, restart),
      stop: () => this.stop(),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.services.values()].map((running) => running.stop()));
    await Promise.all(this.simulators.map((simulator) => simulator.process.stop()));
    await this.servers?.stop();
  }

  private async startSimulator(name: 'walmart' | 'cloudsuite'): Promise<Simulator> {
    const { certFile, keyFile } = present(this.certificates);
    const truthDir = join(this.options.folder, 'truth');
    const running = await startProcess({
      name: `sim-${name}`,
      command: 'node',
      args: ['--enable-source-maps', join(this.root, `dist/apps/sim-${name}/src/main.js`)],
      env: { SIM_TLS_CERT: certFile, SIM_TLS_KEY: keyFile, SIM_TRUTH_DIR: truthDir },
      logFile: join(this.options.folder, 'logs', `sim-${name}.log`),
      readyWhen: 'json-line',
    });
    const simulator = {
      process: running,
      port: Number(running.ready['port']),
      controlUrl: `http://127.0.0.1:${Number(running.ready['controlPort'])}`,
      truthFile: join(truthDir, `${name}.truth.jsonl`),
    };
    this.simulators.push(simulator);
    return simulator;
  }

  private async restart(service: Service, restart: Restart = {}): Promise<RunningProcess> {
    const running = this.services.get(service);
    if (running && !running.hasExited()) await running.stop();
    return this.startService(service, { environment: {}, ...restart });
  }

  private async startService(service: Service, how: Restart = {}): Promise<RunningProcess> {
    const plan = present(PLANS.find((candidate) => candidate.service === service));
    const running = await startProcess({
      name: service,
      command: 'node',
      args: [...NODE_FLAGS, join(this.root, `dist/apps/${service}/src/main.js`)],
      env: {
        ...this.environmentOf(plan),
        ...this.options.settings?.[service],
        ...(how.environment ?? this.options.atFirst?.[service]),
      },
      logFile: join(this.options.folder, 'logs', `${service}.log`),
      readyWhen: how.readyWhen ?? 'json-line',
    });
    if (typeof running.ready['port'] === 'number') this.ports.set(service, running.ready['port']);
    this.services.set(service, running);
    return running;
  }

  private environmentOf(plan: ServicePlan): Record<string, string> {
    const servers = present(this.servers);
    const secrets = present(this.secrets);
    const certificates = present(this.certificates);
    const roles = rolesOf(plan.schema);
    const url = (role: string): string => {
      const address = new URL(servers.databaseUrl);
      address.username = role;
      address.password = present(secrets.rolePasswords[role]);
      return address.href;
    };
    return {
      NODE_ENV: 'production',
      INSTALLATION_ID: basename(this.options.folder),
      MALLOC_ARENA_MAX: '2',
      DATABASE_APP_URL: url(roles.app),
      DATABASE_SYSTEM_URL: url(roles.system),
      KAFKA_BROKERS: servers.kafkaBrokers.join(','),
      HEALTH_PORT: '0',
      SERVICE_TOKEN_SECRET_FILE: secrets.serviceTokenFile,
      VAULT_URL: `https://localhost:${this.ports.get('credential-vault') ?? 0}`,
      INTERNAL_CA_FILE: certificates.caFile,
      OUTBOUND_ALLOWED_HOSTS: this.vendorHosts,
      OUTBOUND_CA_FILE: certificates.caFile,
      VAULT_KEY_FILE: secrets.vaultKeyFile,
      VAULT_TLS_CERT_FILE: certificates.certFile,
      VAULT_TLS_KEY_FILE: certificates.keyFile,
      ADMIN_API_KEY_FILE: secrets.adminKeyFile,
      ...(plan.port ? { [plan.port.variable]: String(this.ports.get(plan.service) ?? 0) } : {}),
    };
  }
}

function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined)
    throw new Error('the installation was not started in order');
  return value;
}
