export { Database, type DatabaseConfig, openDatabase } from './database.js';
export { acquireLease, assertLease, type Lease, leaseTable } from './lease.js';
export { type MigrationRun, runMigrations, type ServiceSchema } from './migrations.js';
export { isSellerId, type SchemaRoles, schemaRoles } from './names.js';
export { type Privilege, sellerTable, systemTable } from './seller-table.js';
export type { Tx } from './transaction.js';
