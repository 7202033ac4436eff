import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ensureBuilt } from './build.mjs';

const SERVICES = ['credential-vault', 'gl-posting', 'ingestion', 'mapping', 'tenant-api'];

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Goal: no test switch reaches production. Method: the real production build, searched and started. */
describe('the production build', () => {
  let dist = '';

  beforeAll(async () => {
    ({ dist } = await ensureBuilt({ production: true }));
  });

  it('holds every service and job, and nothing that only tests need', () => {
    for (const service of SERVICES) {
      expect(existsSync(join(dist, `apps/${service}/src/main.js`))).toBe(true);
    }
    expect(existsSync(join(dist, 'deploy/jobs/src/main.js'))).toBe(true);
    const files = filesBelow(dist).map((file) => file.slice(dist.length + 1));
    expect(files.filter((file) => /^(test|libs\/testing|apps\/sim-)/.test(file))).toEqual([]);
  });

  it('has no crash point: neither its switch nor its signal', () => {
    const scripts = filesBelow(dist).filter((file) => file.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(100);
    const armed = scripts.filter((file) => readFileSync(file, 'utf8').includes('MLC_CRASH_AT'));
    expect(armed).toEqual([]);
    const module = join(dist, 'libs/platform/crash-points/src/crash-points.js');
    expect(readFileSync(module, 'utf8')).not.toContain('process.kill');
  });

  it('starts: a service without configuration says what is missing and ends with 78', () => {
    for (const service of SERVICES) {
      const started = spawnSync(process.execPath, [join(dist, `apps/${service}/src/main.js`)], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] },
        timeout: 20_000,
      });
      expect([service, started.status]).toEqual([service, 78]);
      expect(started.stderr).toContain('DATABASE_APP_URL');
    }
  }, 60_000);
});
