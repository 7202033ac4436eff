import { verifyServiceToken } from '@mlc/credentials';
import { type Clock, unwrap } from '@mlc/kernel';
import { CLOCK } from '@mlc/service-kit';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
} from '@nestjs/common';
import { SERVICE_SECRET } from './tokens.js';

export interface CallerRequest {
  headers: Record<string, string | string[] | undefined>;
  /** Set by the guard: which of our services calls. */
  caller?: string;
}

/** Only our own services come in, each named by its signed token. */
@Injectable()
export class ServiceTokenGuard implements CanActivate {
  constructor(
    @Inject(SERVICE_SECRET) private readonly secret: Uint8Array,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const header = request.headers['authorization'];
    const token = typeof header === 'string' && header.startsWith('Bearer ') ? header.slice(7) : '';
    request.caller = unwrap(await verifyServiceToken(this.secret, token, this.clock)).service;
    return true;
  }
}

export function requireCaller(request: CallerRequest, allowed: string): void {
  if (request.caller !== allowed) {
    throw new ForbiddenException({
      code: 'vault.caller-forbidden',
      detail: `Only ${allowed} may do this.`,
    });
  }
}
