import { z } from 'zod';

/** Who may call: `admin` holds an API key; nothing is public but health. */
export type Permission = 'admin';

/** One HTTP endpoint: the truth that server, client and documents share. */
export interface Endpoint<Params, Query, Body, Success> {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `:name` marks a path parameter. */
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission;
  /** The action its audit record carries; `read` leaves none. */
  readonly audit: string;
  readonly params: z.ZodType<Params>;
  readonly query: z.ZodType<Query>;
  readonly body: z.ZodType<Body>;
  readonly success: z.ZodType<Success>;
  readonly successStatus: 200 | 201 | 202;
}

export const none = z.object({});
export type None = z.infer<typeof none>;

type Optional<P, Q, B> = Partial<{
  permission: Permission;
  audit: string;
  params: z.ZodType<P>;
  query: z.ZodType<Q>;
  body: z.ZodType<B>;
  successStatus: 200 | 201 | 202;
}>;

export function defineEndpoint<S, P = None, Q = None, B = None>(
  endpoint: Pick<Endpoint<P, Q, B, S>, 'method' | 'path' | 'summary' | 'success'> &
    Optional<P, Q, B>,
): Endpoint<P, Q, B, S> {
  return {
    permission: 'admin',
    audit: 'read',
    params: none as unknown as z.ZodType<P>,
    query: none as unknown as z.ZodType<Q>,
    body: none as unknown as z.ZodType<B>,
    successStatus: 200,
    ...endpoint,
  };
}

/** RFC 9457 problem details; `code` is stable, `detail` says what was wrong, where, and what to do next. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  correlationId: z.string(),
  /** Row- or field-precise errors of a rejected body. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** Keyset pages: `next` is passed back as `cursor`; null on the last page. */
export function page<T>(item: z.ZodType<T>) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

export const pageQuery = z.object({
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
