import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readConfig } from './config.js';

const own = z.object({ POLL_TICK_MS: z.coerce.number().int().min(10).default(500) });
const enough = {
  DATABASE_APP_URL: 'postgresql://app:secret@127.0.0.1:5432/mlc',
  DATABASE_SYSTEM_URL: 'postgres://system:secret@127.0.0.1:5432/mlc',
  KAFKA_BROKERS: 'one:9092, two:9092',
};

describe('configuration', () => {
  it('reads the kit’s and the service’s own variables, with defaults', () => {
    const reading = readConfig(own, {
      ...enough,
      POLL_TICK_MS: '20',
      HEALTH_PORT: '8080',
      OUTBOUND_ALLOWED_HOSTS: '',
    });
    expect(reading).toMatchObject({
      ok: true,
      config: {
        POLL_TICK_MS: 20,
        HEALTH_PORT: 8080,
        KAFKA_BROKERS: ['one:9092', 'two:9092'],
        OUTBOUND_ALLOWED_HOSTS: [],
        TOPIC_PREFIX: '',
        LOG_LEVEL: 'info',
      },
    });
  });

  it('names everything that is wrong at once, and repeats no value', () => {
    const reading = readConfig(own, {
      DATABASE_APP_URL: 'mysql://app:secret@127.0.0.1/mlc',
      KAFKA_BROKERS: ' , ',
      POLL_TICK_MS: 'often',
      VAULT_URL: 'http://vault.example',
    });
    expect(reading.ok).toBe(false);
    const problems = reading.ok ? [] : reading.problems;
    const names = problems.map((problem) => problem.split(':')[0]).sort();
    expect(names).toEqual([
      'DATABASE_APP_URL',
      'DATABASE_SYSTEM_URL',
      'KAFKA_BROKERS',
      'POLL_TICK_MS',
      'VAULT_URL',
    ]);
    expect(problems.join()).not.toContain('secret');
  });

  it('lets a service demand what the kit leaves optional', () => {
    const demanding = z.object({ VAULT_URL: z.url() });
    expect(readConfig(demanding, enough)).toMatchObject({ ok: false });
    expect(readConfig(demanding, { ...enough, VAULT_URL: 'https://vault' })).toMatchObject({
      ok: true,
    });
  });

  it('refuses a moved clock in production', () => {
    const moved = { ...enough, CLOCK_OFFSET_MS: '60000' };
    expect(readConfig(own, moved)).toMatchObject({ ok: true });
    expect(readConfig(own, { ...moved, NODE_ENV: 'production' })).toMatchObject({
      problems: ['CLOCK_OFFSET_MS: only tests move the clock'],
    });
  });
});
