import { z } from 'zod';

export interface Config {
  /** PEM files of the vendor port; absent: the simulator makes its own CA and certificate. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Vendor port (https); 0 lets the system choose. */
  readonly port: number;
  /** Control port (http, loopback only); 0 lets the system choose. */
  readonly controlPort: number;
  /** Folder of `cloudsuite.truth.jsonl`. */
  readonly truthDir: string;
  /** Exit when stdin closes, so that no simulator outlives the process that started it. */
  readonly lifelineStdin: boolean;
}

const port = z.coerce.number().int().min(0).max(65_535).default(0);

const environment = z.object({
  SIM_TLS_CERT: z.string().min(1).optional(),
  SIM_TLS_KEY: z.string().min(1).optional(),
  SIM_PORT: port,
  SIM_CONTROL_PORT: port,
  SIM_TRUTH_DIR: z.string({ error: 'SIM_TRUTH_DIR must name a folder for the truth log' }).min(1),
  LIFELINE: z.literal('stdin').optional(),
});

/** Configuration from environment variables. Throws an error that names each wrong variable. */
export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { SIM_TLS_CERT: certFile, SIM_TLS_KEY: keyFile } = parsed.data;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new Error('set both SIM_TLS_CERT and SIM_TLS_KEY, or neither');
  }
  return {
    ...(certFile !== undefined && keyFile !== undefined ? { tls: { certFile, keyFile } } : {}),
    port: parsed.data.SIM_PORT,
    controlPort: parsed.data.SIM_CONTROL_PORT,
    truthDir: parsed.data.SIM_TRUTH_DIR,
    lifelineStdin: parsed.data.LIFELINE === 'stdin',
  };
}

/** The process's own configuration. */
export function readConfig(): Config {
  return configFrom(process.env);
}
