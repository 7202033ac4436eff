import { randomBytes } from 'node:crypto';
import { isCivilDate } from '@mlc/kernel';
import { z } from 'zod';

const civilDate = z.string().refine(isCivilDate, 'must be a date like 2026-01-31');
const tenantId = z.string().regex(/^[A-Z0-9]+(_[A-Z0-9]+)*$/, 'must look like ACME_TST');

const definitionSchema = z.strictObject({
  /** A label only: one process serves every region. */
  region: z.string().min(1),
  /** Host (or host:port) put into `iu` and `pu` instead of `localhost:{port}`. */
  iuHost: z.string().min(1).optional(),
  clientName: z.string().min(1).default('marketplace-connector'),
  clientId: z.string().min(1).optional(),
  clientSecret: z.string().min(1).optional(),
  saak: z.string().min(1).optional(),
  sask: z.string().min(1).optional(),
  enterpriseGroup: z.string().min(1).max(4),
  accountingEntities: z
    .array(
      z.strictObject({
        code: z.string().min(1).max(12),
        currency: z.string().length(3),
        name: z.string().optional(),
      }),
    )
    .min(1),
  /** When given, a line's accounting unit must be one of them. */
  accountingUnits: z.array(z.string().min(1).max(25)).optional(),
  chart: z.array(
    z.strictObject({
      account: z.string().min(1).max(26),
      description: z.string().default(''),
      active: z.boolean().default(true),
      restricted: z.boolean().default(false),
    }),
  ),
  /** Civil dates, both ends inside. */
  periods: z.array(
    z
      .strictObject({ from: civilDate, to: civilDate, open: z.boolean() })
      .refine((period) => period.from <= period.to, 'a period ends before it begins'),
  ),
  settings: z.unknown().optional(),
});

type Given = z.infer<typeof definitionSchema>;

export type ChartAccount = Given['chart'][number];

export interface TenantDefinition extends Omit<
  Given,
  'settings' | 'clientId' | 'clientSecret' | 'saak' | 'sask'
> {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly saak: string;
  readonly sask: string;
}

/** Reads the body of `PUT /tenants/{ti}`; credentials left out are made up. Throws `ZodError`. */
export function definitionFrom(
  ti: string,
  body: unknown,
): { definition: TenantDefinition; settings: unknown } {
  tenantId.parse(ti);
  const { settings, ...given } = definitionSchema.parse(body);
  const definition = {
    ...given,
    clientId: given.clientId ?? `${ti}~${secretText()}`,
    clientSecret: given.clientSecret ?? secretText(),
    saak: given.saak ?? `${ti}#${secretText()}`,
    sask: given.sask ?? secretText(),
  };
  z.string().startsWith(`${ti}~`, `clientId must start ${ti}~`).parse(definition.clientId);
  z.string().startsWith(`${ti}#`, `saak must start ${ti}#`).parse(definition.saak);
  return { definition, settings };
}

function secretText(): string {
  return randomBytes(32).toString('base64url');
}

/** The `.ionapi` file an administrator would download for the tenant's service account. */
export function ionApiFile(ti: string, definition: TenantDefinition, port: number) {
  const named = definition.iuHost ?? 'localhost';
  const iu = `https://${named.includes(':') ? named : `${named}:${port}`}`;
  return {
    ti,
    cn: definition.clientName,
    dt: '12',
    ci: definition.clientId,
    cs: definition.clientSecret,
    iu,
    pu: `${iu}/${ti}/as/`,
    oa: 'authorization.oauth2',
    ot: 'token.oauth2',
    or: 'revoke_token.oauth2',
    ev: 'A1234567890',
    v: '1.1',
    saak: definition.saak,
    sask: definition.sask,
  };
}
