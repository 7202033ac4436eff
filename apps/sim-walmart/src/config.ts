/** What the simulator is started with. The only reader of the environment. */
export interface SimulatorConfig {
  /** https port for the vendor's API; 0 picks a free one. */
  readonly port: number;
  /** http port for the control API, 127.0.0.1 only; 0 picks a free one. */
  readonly controlPort: number;
  /** Folder of `walmart.truth.jsonl` (and of an own certificate when none is given). */
  readonly truthDir: string;
  /** PEM files; both or neither. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly clockOffsetMs: number;
  /** Decides which orders a list shows with another date. */
  readonly seed: string;
  /** Of how many orders in a hundred a list shows another `orderDate`. */
  readonly wrongListDatePercent: number;
  /** Rows that one orders query can be paged through. */
  readonly orderQueryCap: number;
  readonly exitWhenStdinCloses: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function readConfig(env: Environment = process.env): SimulatorConfig {
  const truthDir = env['SIM_TRUTH_DIR'];
  if (!truthDir) throw new Error('SIM_TRUTH_DIR is not set: name the folder for the truth log');
  const certFile = env['SIM_TLS_CERT'];
  const keyFile = env['SIM_TLS_KEY'];
  if (Boolean(certFile) !== Boolean(keyFile)) {
    throw new Error('SIM_TLS_CERT and SIM_TLS_KEY go together: set both or neither');
  }
  return {
    port: integer(env, 'SIM_PORT', 0),
    controlPort: integer(env, 'SIM_CONTROL_PORT', 0),
    truthDir,
    ...(certFile && keyFile ? { tls: { certFile, keyFile } } : {}),
    clockOffsetMs: integer(env, 'SIM_CLOCK_OFFSET_MS', 0),
    seed: env['SIM_SEED'] ?? 'walmart',
    wrongListDatePercent: integer(env, 'SIM_WRONG_LIST_DATE_PERCENT', 1),
    orderQueryCap: integer(env, 'SIM_ORDER_QUERY_CAP', 10_000),
    exitWhenStdinCloses: env['LIFELINE'] === 'stdin',
  };
}

function integer(env: Environment, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (!/^-?\d{1,15}$/.test(text)) throw new Error(`${name} is "${text}": give a whole number`);
  return Number.parseInt(text, 10);
}
