import { invariant } from '@mlc/kernel';

/** Roles of a schema: `owner` makes it, `app` serves sellers, `system` keeps the machinery going. */
export interface SchemaRoles {
  readonly owner: string;
  readonly app: string;
  readonly system: string;
}

export function schemaRoles(schema: string): SchemaRoles {
  const name = identifier(schema);
  return { owner: `mlc_${name}_owner`, app: `mlc_${name}_app`, system: `mlc_${name}_system` };
}

/** A name that needs no quotes in SQL; anything else is a mistake in the program. */
export function identifier(name: string): string {
  invariant(/^[a-z][a-z0-9_]{0,39}$/.test(name), `not an SQL name: ${JSON.stringify(name)}`);
  return name;
}

const SELLER_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether a text can be a seller id of ours; the row-level policies rely on it having no comma. */
export function isSellerId(text: string): boolean {
  return SELLER_ID.test(text);
}
