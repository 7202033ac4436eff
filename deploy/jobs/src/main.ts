import { readFileSync } from 'node:fs';
import { migrateAll } from './migrate.js';
import { createTopics } from './topics.js';

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set; see deploy/jobs/README.md for what each job needs.`);
  process.exit(78);
}

const job = process.argv[2];
if (job === 'migrate') {
  const passwords = JSON.parse(readFileSync(required('ROLE_PASSWORDS_FILE'), 'utf8')) as Record<
    string,
    string
  >;
  const applied = await migrateAll(required('DATABASE_ADMIN_URL'), passwords);
  console.log(applied.length === 0 ? 'every schema is up to date' : applied.join('\n'));
} else if (job === 'topics') {
  const made = await createTopics({
    brokers: required('KAFKA_BROKERS').split(','),
    prefix: process.env['TOPIC_PREFIX'] ?? '',
    replicationFactor: Number(process.env['REPLICATION_FACTOR'] ?? '3'),
  });
  console.log(made.length === 0 ? 'every topic exists' : `made ${made.join(', ')}`);
} else {
  console.error('which job? `migrate` or `topics`');
  process.exit(64);
}
