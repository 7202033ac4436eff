import type { CrashPointName } from './crash-points.js';

export type { CrashPointName };

/** Nothing: no test can kill a production process. Stands in for `crash-points.ts` in production builds. */
export function crashPoint(_name: CrashPointName): void {}
