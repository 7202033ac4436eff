import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';

const HEADER = 'x-correlation-id';
const READABLE = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's correlation id when it sent a readable one, else a new one; the answer carries it. */
export function correlationOf(request: Request, response: Response): string {
  const known = response.getHeader(HEADER);
  if (typeof known === 'string') return known;
  const sent = request.headers[HEADER];
  const id = typeof sent === 'string' && READABLE.test(sent) ? sent : randomUUID();
  response.setHeader(HEADER, id);
  return id;
}
