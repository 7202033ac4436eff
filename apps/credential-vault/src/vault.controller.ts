import { parseIonapi } from '@mlc/cloudsuite';
import type { LentToken, Sealed } from '@mlc/credentials';
import { FailureError, unwrap } from '@mlc/kernel';
import { isSellerId } from '@mlc/postgres';
import {
  BadRequestException,
  Body,
  Controller,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Req,
  UseGuards,
} from '@nestjs/common';
import { z } from 'zod';
import { TokenDesk } from './lend-token.js';
import { type CallerRequest, requireCaller, ServiceTokenGuard } from './service-token.guard.js';
import { ALLOWED_HOSTS } from './tokens.js';
import { VaultStore } from './vault-store.js';

const sellerId = z.string().refine(isSellerId);
const tokenRequest = z.strictObject({
  seller: sellerId,
  system: z.enum(['walmart', 'cloudsuite']),
  refusedTokenHash: z.string().max(64).nullable(),
});
const walmartCredentials = z.strictObject({
  clientId: z.string().min(1).max(200),
  clientSecret: z.string().min(1).max(400),
  baseUrl: z.url({ protocol: /^https$/ }).max(200),
});
const cloudsuiteCredentials = z.strictObject({ ionapi: z.record(z.string(), z.json()) });

/** Who may borrow what. */
const borrowers = { walmart: 'ingestion', cloudsuite: 'gl-posting' } as const;

@Controller('internal/v1')
@UseGuards(ServiceTokenGuard)
export class VaultController {
  constructor(
    @Inject(VaultStore) private readonly store: VaultStore,
    @Inject(TokenDesk) private readonly desk: TokenDesk,
    @Inject(ALLOWED_HOSTS) private readonly allowedHosts: readonly string[],
  ) {}

  @Post('tokens')
  @HttpCode(200)
  async lend(@Req() request: CallerRequest, @Body() body: unknown): Promise<LentToken> {
    const asked = read(tokenRequest, body);
    requireCaller(request, borrowers[asked.system]);
    return unwrap(await this.desk.lend(asked.seller, asked.system, asked.refusedTokenHash));
  }

  @Put('credentials/:seller/walmart')
  async sealWalmart(
    @Req() request: CallerRequest,
    @Param('seller') seller: string,
    @Body() body: unknown,
  ): Promise<Sealed> {
    requireCaller(request, 'tenant-api');
    read(z.object({ seller: sellerId }), { seller });
    const credentials = read(walmartCredentials, body);
    const { baseUrl } = credentials;
    const sealed = await this.store.sealCredential(seller, 'walmart', credentials, { baseUrl });
    return { fingerprint: sealed.fingerprint, attributes: sealed.attributes };
  }

  @Put('credentials/:seller/cloudsuite')
  async sealCloudSuite(
    @Req() request: CallerRequest,
    @Param('seller') seller: string,
    @Body() body: unknown,
  ): Promise<Sealed> {
    requireCaller(request, 'tenant-api');
    read(z.object({ seller: sellerId }), { seller });
    const { ionapi } = read(cloudsuiteCredentials, body);
    const file = parseIonapi(ionapi, { allowedHosts: this.allowedHosts });
    if (!file.ok) throw new FailureError(file.error);
    const attributes = { tenant: file.value.tenant, apiBase: file.value.apiBase };
    const sealed = await this.store.sealCredential(seller, 'cloudsuite', ionapi, attributes);
    return { fingerprint: sealed.fingerprint, attributes: sealed.attributes };
  }
}

/** A message names the field; it never repeats a value, which may be a secret. */
function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'body');
  throw new BadRequestException({
    code: 'vault.request-invalid',
    detail: `Not readable: ${[...new Set(fields)].join(', ')}.`,
  });
}
