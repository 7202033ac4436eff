import { z } from 'zod';

const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .transform((parts) => parts.filter((part) => part !== ''));
const port = z.coerce.number().int().min(0).max(65_535);
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, hostname: /./ });

/** What every service is told by its environment. */
const kitSchema = z.object({
  /** The role that serves sellers. */
  DATABASE_APP_URL: postgresUrl,
  /** The role of the machinery. */
  DATABASE_SYSTEM_URL: postgresUrl,
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(8),
  /** `host:port`, comma between. */
  KAFKA_BROKERS: list.refine((brokers) => brokers.length > 0, 'names no broker'),
  /** How long the partitions of a killed replica wait for another; the broker sets the least. */
  KAFKA_SESSION_TIMEOUT_MS: z.coerce.number().int().min(1_000).max(300_000).default(10_000),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[a-z0-9._-]{0,60}$/i)
    .default(''),
  /** 0 takes a free one; the ready line says which. */
  HEALTH_PORT: port.default(0),
  /** Where HTTP and health listen. */
  HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  /** `stdin`: end when standard input does, so that nothing outlives its launcher. */
  LIFELINE: z.enum(['stdin']).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Test only: moves the clocks of process and database connections. */
  CLOCK_OFFSET_MS: z.coerce.number().int().default(0),
  NODE_ENV: z.string().optional(),
  SERVICE_TOKEN_SECRET_FILE: z.string().min(1).optional(),
  VAULT_URL: z.url({ protocol: /^https$/ }).optional(),
  /** The operator's list of hosts that may be private: `host` or `host:port`. */
  OUTBOUND_ALLOWED_HOSTS: list.default([]),
  /** Trusted beside the default roots towards the vendors. */
  OUTBOUND_CA_FILE: z.string().min(1).optional(),
  /** Trusted beside the default roots towards our own services, and nowhere else. */
  INTERNAL_CA_FILE: z.string().min(1).optional(),
});
export type KitConfig = Readonly<z.infer<typeof kitSchema>>;

export type ConfigReading<C> =
  | { readonly ok: true; readonly config: C }
  | { readonly ok: false; readonly problems: readonly string[] };

/** As BSD's sysexits.h has it: the program is fine, its configuration is not. */
export const EXIT_CONFIG = 78;

/** Reads `environment`; never throws. Empty variables count as absent, values are not repeated. */
export function readConfig<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  environment: Readonly<Record<string, string | undefined>>,
): ConfigReading<z.infer<z.ZodObject<S>> & KitConfig> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const read = z.object({ ...kitSchema.shape, ...schema.shape }).safeParse(given);
  const problems = read.success
    ? []
    : read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (given['NODE_ENV'] === 'production' && (given['CLOCK_OFFSET_MS'] ?? '0') !== '0') {
    problems.push('CLOCK_OFFSET_MS: only tests move the clock');
  }
  if (!read.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, config: read.data as unknown as z.infer<z.ZodObject<S>> & KitConfig };
}

/**
 * Reads the environment once: the service's own variables and those of {@link KitConfig}. Ends the
 * process with status 78 and a list of everything that is wrong.
 */
export function defineConfig<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
): z.infer<z.ZodObject<S>> & KitConfig {
  const reading = readConfig(schema, process.env);
  if (reading.ok) return reading.config;
  const listed = reading.problems.map((problem) => `  ${problem}\n`).join('');
  process.stderr.write(`The environment does not configure this service:\n${listed}`);
  process.exit(EXIT_CONFIG);
}
