/** Injection token of the process's `Clock`. */
export const CLOCK = Symbol('CLOCK');
/** Injection token of the pino logger. */
export const LOGGER = Symbol('LOGGER');
/** Injection token of what `defineConfig` read. */
export const CONFIG = Symbol('CONFIG');
