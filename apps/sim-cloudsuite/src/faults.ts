import { z } from 'zod';

const faultSchema = z
  .strictObject({
    /** Tenant id; absent: any. */
    tenant: z.string().min(1).optional(),
    /** Part of path and query. */
    pathContains: z.string().min(1).default('/'),
    method: z.string().toUpperCase().optional(),
    /** Fires from the nth matching request on (1 is the next), `times` in a row. */
    nth: z.int().positive().optional(),
    /** Fires at each kth matching request, at most `times` times. */
    every: z.int().positive().optional(),
    times: z.int().positive().optional(),
    action: z.enum(['status', 'delay', 'reset-before-work', 'commit-then-drop', 'answer-late']),
    /** For `status`. */
    status: z.int().min(200).max(599).optional(),
    body: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    /** For `status`: the work is done all the same (a 504 whose backend goes on). */
    afterWork: z.boolean().default(false),
    /** For `delay` and `answer-late`. */
    delayMs: z.int().nonnegative().max(600_000).optional(),
  })
  .refine((fault) => fault.nth === undefined || fault.every === undefined, 'nth or every, not both')
  .refine((fault) => fault.action !== 'status' || fault.status !== undefined, 'status is missing')
  .refine(
    (fault) => !['delay', 'answer-late'].includes(fault.action) || fault.delayMs !== undefined,
    'delayMs is missing',
  );

export type Fault = z.infer<typeof faultSchema>;

interface Planted {
  readonly id: number;
  readonly fault: Fault;
  seen: number;
  fired: number;
}

/** Faults planted through the control port, matched against each vendor request in order of planting. */
export interface Faults {
  plant(body: unknown): { id: number };
  list(): readonly Readonly<Planted>[];
  clear(): void;
  /** The fault this request gets, if any; every fault that matches counts it as seen. */
  next(request: { ti: string; method: string; path: string }): Fault | undefined;
}

export function createFaults(): Faults {
  const planted: Planted[] = [];
  let lastId = 0;
  return {
    plant(body) {
      const fault = faultSchema.parse(body);
      lastId += 1;
      planted.push({ id: lastId, fault, seen: 0, fired: 0 });
      return { id: lastId };
    },
    list: () => planted,
    clear() {
      planted.length = 0;
    },
    next(request) {
      let chosen: Fault | undefined;
      for (const one of planted) {
        if (!matches(one.fault, request)) continue;
        one.seen += 1;
        if (chosen || !isDue(one)) continue;
        one.fired += 1;
        chosen = one.fault;
      }
      return chosen;
    },
  };
}

function matches(fault: Fault, request: { ti: string; method: string; path: string }): boolean {
  return (
    (fault.tenant === undefined || fault.tenant === request.ti) &&
    (fault.method === undefined || fault.method === request.method) &&
    request.path.includes(fault.pathContains)
  );
}

function isDue({ fault, seen, fired }: Planted): boolean {
  if (fault.every !== undefined) {
    return seen % fault.every === 0 && fired < (fault.times ?? Number.POSITIVE_INFINITY);
  }
  return seen >= (fault.nth ?? 1) && fired < (fault.times ?? 1);
}

/** The body of a planted status: what the gateway is known to say, else a plain error. */
export function faultBody(fault: Fault): string {
  if (fault.body !== undefined) return fault.body;
  if (fault.status === 401) return JSON.stringify({ error: 'Unauthorized' });
  if (fault.status === 504) {
    const message =
      'Request aborted after target server failed to respond within configured timeout of 60000 milliseconds (actual 60006)';
    return JSON.stringify({
      error: { message, cause: { message: 'socket hang up', code: 'ECONNRESET' } },
    });
  }
  return JSON.stringify({ error: { message: `planted status ${fault.status}` } });
}
