import { verifyServiceToken } from '@mlc/credentials';
import type { Clock } from '@mlc/kernel';
import { CLOCK } from '@mlc/service-kit';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  UnauthorizedException,
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
    const caller = await verifyServiceToken(this.secret, token, this.clock);
    if (!caller.ok) throw new UnauthorizedException(caller.error.message);
    request.caller = caller.value.service;
    return true;
  }
}

export function requireCaller(request: CallerRequest, allowed: string): void {
  if (request.caller !== allowed) {
    throw new ForbiddenException(`Only ${allowed} may do this.`);
  }
}
