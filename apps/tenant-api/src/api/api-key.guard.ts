import { Database } from '@mlc/postgres';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import type { Request, Response } from 'express';
import { Strategy } from 'passport-http-bearer';
import { type Caller, findCaller } from './api-keys.js';
import { correlationOf } from './correlation.js';
import { noKey, notPermitted } from './refusal.js';
import { endpointOf } from './serve.js';

const STRATEGY = 'api-key';

@Injectable()
export class ApiKeyStrategy extends PassportStrategy(Strategy, STRATEGY) {
  constructor(@Inject(Database) private readonly db: Database) {
    super();
  }

  async validate(token: string): Promise<Caller> {
    const caller = await findCaller(this.db, token);
    if (!caller) throw noKey();
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
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user?: Caller }>();
    const response = http.getResponse<Response>();
    correlationOf(request, response);
    response.setHeader('www-authenticate', 'Bearer realm="ml-connector"');
    // A key in a query or a body ends up in logs: only the header counts.
    if (!request.headers.authorization) throw noKey();
    await super.canActivate(context);
    response.removeHeader('www-authenticate');
    const endpoint = endpointOf(context.getHandler());
    if (!endpoint || !request.user?.scopes.includes(endpoint.permission)) {
      throw notPermitted();
    }
    return true;
  }

  override handleRequest<T>(error: unknown, caller: T | false | undefined): T {
    if (error instanceof Error) throw error;
    if (!caller) throw noKey();
    return caller;
  }
}
