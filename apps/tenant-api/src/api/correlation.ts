import { correlationIdOf } from '@mlc/service-kit';
import type { Request, Response } from 'express';

const HEADER = 'x-correlation-id';

/** The request's correlation id, the caller's or a new one; answers and problems carry the same. */
export function correlationOf(request: Request, response: Response): string {
  const id = correlationIdOf(request.header(HEADER));
  request.headers[HEADER] = id;
  response.setHeader(HEADER, id);
  return id;
}
