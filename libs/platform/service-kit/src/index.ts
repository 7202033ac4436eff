import type { Service } from '@mlc/events';
import type { Clock } from '@mlc/kernel';
import type { DynamicModule, Type } from '@nestjs/common';
import type { Logger } from 'pino';
import type { z } from 'zod';

export { Database } from '@mlc/postgres';
export { OutboxRelay } from '@mlc/messaging';

export declare const CLOCK: unique symbol;
export declare const LOGGER: unique symbol;
export declare const CONFIG: unique symbol;

/** What every service is told by its environment; see the README for the variables. */
export interface KitConfig {
  readonly DATABASE_APP_URL: string;
  readonly DATABASE_SYSTEM_URL: string;
  readonly KAFKA_BROKERS: readonly string[];
  readonly TOPIC_PREFIX: string;
  readonly HEALTH_PORT: number;
  readonly HTTP_HOST: string;
  readonly LIFELINE?: 'stdin' | undefined;
  readonly LOG_LEVEL: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly CLOCK_OFFSET_MS: number;
  readonly SERVICE_TOKEN_SECRET_FILE?: string | undefined;
  readonly VAULT_URL?: string | undefined;
  readonly OUTBOUND_ALLOWED_HOSTS: readonly string[];
  readonly OUTBOUND_CA_FILE?: string | undefined;
}
/** Reads the environment once: the service's own variables (`shape`) and the ones of {@link KitConfig}. */
export declare function defineConfig<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
): z.infer<z.ZodObject<S>> & KitConfig;
export declare function createLogger(service: string, level?: KitConfig['LOG_LEVEL']): Logger;
export interface ServiceDefinition {
  readonly service: Service;
  readonly config: KitConfig;
  readonly module: Type | DynamicModule;
  /** Whether the module has `@EventPattern` handlers. */
  readonly consumers: boolean;
  readonly http?: { readonly port: number; readonly internalOnly?: boolean };
}
export interface RunningService {
  readonly port: number | null;
  readonly healthPort: number;
  stop(): Promise<void>;
}
export declare function startService(definition: ServiceDefinition): Promise<RunningService>;
export interface PeriodicJob {
  /** Runs as soon as the current run, if any, is over. */
  kick(): void;
  stop(): Promise<void>;
}
export declare function periodic(
  name: string,
  everyMs: number,
  run: (signal: AbortSignal) => Promise<void>,
): PeriodicJob;
/** Clock of the process, as every room gets it. */
export type { Clock };
