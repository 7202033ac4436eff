import { Database } from '@mlc/postgres';
import {
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy } from 'passport-http-bearer';
import { type Caller, findCaller } from './api-keys.js';
import { endpointOf } from './serve.js';

const STRATEGY = 'api-key';

@Injectable()
export class ApiKeyStrategy extends PassportStrategy(Strategy, STRATEGY) {
  constructor(@Inject(Database) private readonly db: Database) {
    super();
  }

  async validate(token: string): Promise<Caller> {
    const caller = await findCaller(this.db, token);
    if (!caller) throw new UnauthorizedException();
    return caller;
  }
}

/**
 * On every route: a key first, then the permission of the endpoint the route is bound to. A route that
 * is bound to none lets nobody in.
 */
@Injectable()
export class ApiKeyGuard extends AuthGuard(STRATEGY) {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Request & { user?: Caller }>();
    // A key in a query or a body ends up in logs: only the header counts.
    if (!request.headers.authorization) throw new UnauthorizedException();
    await super.canActivate(context);
    const endpoint = endpointOf(context.getHandler());
    if (!endpoint || !request.user?.scopes.includes(endpoint.permission)) {
      throw new ForbiddenException();
    }
    return true;
  }
}
