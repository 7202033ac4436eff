/** Operator's list of hosts beside the vendors' own, for dependency injection. */
export const ALLOWED_HOSTS = Symbol('ALLOWED_HOSTS');
