/** Operator's list of hosts beside the vendors' own, for dependency injection. */
export const ALLOWED_HOSTS = Symbol('ALLOWED_HOSTS');
/** The bytes our services sign their tokens with. */
export const SERVICE_SECRET = Symbol('SERVICE_SECRET');
