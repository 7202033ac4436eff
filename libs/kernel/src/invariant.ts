/** Broken when the program itself is wrong; a process that meets one stops. */
export class InvariantError extends Error {
  constructor(why: string) {
    super(`invariant broken: ${why}`);
    this.name = 'InvariantError';
  }
}

export function invariant(condition: unknown, why: string): asserts condition {
  if (!condition) throw new InvariantError(why);
}

/** For the `default` of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}
