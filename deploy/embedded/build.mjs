import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { repositoryRoot } from './root.mjs';

/**
 * Sources to `dist/`: TypeScript compiled file by file (types are checked elsewhere), what programs
 * read beside it copied. Runs on Node 20 too.
 */

const SOURCE_FOLDERS = ['apps', 'libs', 'test', 'deploy'];
const LEFT_OUT_FOLDERS = new Set(['node_modules', 'dist', '.cache', '.nx', 'coverage']);
const COPIED = new Set(['.mjs', '.json', '.sql', '.csv', '.txt', '.html', '.pem', '.yaml']);
const LEFT_OUT = /(\.spec\.tsx?|\.d\.m?ts|project\.json|tsconfig[\w.]*\.json)$/;
const SETTINGS_FILES = ['.swcrc', 'tsconfig.base.json', 'deploy/embedded/build.mjs'];
const STAMP_FILE = '.build.json';
const PRODUCTION = '.production.ts';
/** What an installation does not need: simulators, test rooms, the launcher, spec support. */
const TEST_ONLY =
  /^(apps\/sim-|libs\/testing\/|test\/|deploy\/embedded\/(?!kafka-admin\.mjs$))|\/spec\//;

/**
 * Brings `dist/` up to date: what changed since the last build (by content) is compiled, what is
 * gone is removed. A production build goes to `dist-production/`, leaves out what only tests need, and
 * takes `x.production.ts` in the place of `x.ts` where there is one (crash points become empty).
 * @param {{ root?: string, production?: boolean, onStart?: (files: number) => void }} [options]
 * @returns {Promise<{ dist: string, compiled: number, removed: number, tookMs: number }>}
 */
export async function ensureBuilt({
  root = repositoryRoot(),
  production = false,
  onStart = () => undefined,
} = {}) {
  const started = performance.now();
  const dist = join(root, production ? 'dist-production' : 'dist');
  const sources = await hashSources(root, production);
  const settings = await hashSettings(root);
  const previous = await readStamp(join(dist, STAMP_FILE));
  const known = previous.settings === settings ? previous.files : {};
  const stale = Object.keys(sources).filter(
    (file) => known[file] !== sources[file] || !existsSync(join(dist, outputOf(file))),
  );
  const gone = Object.keys(previous.files).filter((file) => !(file in sources));
  if (stale.length > 0 || gone.length > 0) {
    onStart(stale.length);
    const compile = await compiler(root, dist, production);
    await inParallel(stale, compile);
    for (const file of gone) {
      for (const output of [outputOf(file), `${outputOf(file)}.map`]) {
        await rm(join(dist, output), { force: true });
      }
    }
    await write(join(dist, 'package.json'), '{ "type": "module" }\n');
    await write(join(dist, STAMP_FILE), JSON.stringify({ settings, files: sources }));
  }
  const tookMs = Math.round(performance.now() - started);
  return { dist, compiled: stale.length, removed: gone.length, tookMs };
}

/** @param {string} file */
function outputOf(file) {
  return file.replace(/\.tsx?$/, '.js');
}

async function hashSources(root, production) {
  const files = [];
  for (const folder of SOURCE_FOLDERS) {
    if (existsSync(join(root, folder))) await collect(root, folder, files);
  }
  const wanted = files.filter(
    (file) => !file.endsWith(PRODUCTION) && !(production && TEST_ONLY.test(file)),
  );
  const hashes = await Promise.all(
    wanted.map((file) => hashFile(sourceOf(root, file, production))),
  );
  return Object.fromEntries(wanted.map((file, index) => [file, hashes[index]]));
}

/** The file that is compiled under the name of `file`. */
function sourceOf(root, file, production) {
  const instead = join(root, file.replace(/\.ts$/, PRODUCTION));
  return production && file.endsWith('.ts') && existsSync(instead) ? instead : join(root, file);
}

async function collect(root, folder, files) {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!LEFT_OUT_FOLDERS.has(entry.name)) await collect(root, path, files);
    } else if (isSource(entry.name)) {
      files.push(path);
    }
  }
}

function isSource(name) {
  if (LEFT_OUT.test(name)) return false;
  return /\.tsx?$/.test(name) || COPIED.has(extname(name));
}

async function hashFile(file) {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('base64url');
}

async function hashSettings(root) {
  const hash = createHash('sha256');
  for (const file of SETTINGS_FILES) hash.update(await readFile(join(root, file)));
  return hash.digest('base64url');
}

async function readStamp(file) {
  if (!existsSync(file)) return { settings: '', files: {} };
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return { settings: '', files: {} }; // half a stamp: build all
  }
}

/** Two builds at once write the same contents: each file changes by one rename. */
async function write(file, contents) {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  await writeFile(draft, contents);
  await rename(draft, file);
}

async function compiler(root, dist, production) {
  const { transform } = await import('@swc/core');
  const swcrc = JSON.parse(await readFile(join(root, '.swcrc'), 'utf8'));
  const tsconfig = JSON.parse(await readFile(join(root, 'tsconfig.base.json'), 'utf8'));
  const { $schema: _, ...settings } = swcrc;
  return async (file) => {
    const output = join(dist, outputOf(file));
    const source = await readFile(sourceOf(root, file, production));
    if (!/\.tsx?$/.test(file)) return write(output, source);
    const { code, map } = await transform(source.toString('utf8'), {
      ...settings,
      swcrc: false,
      configFile: false,
      cwd: root,
      filename: join(root, file),
      jsc: {
        ...settings.jsc,
        baseUrl: root,
        paths: tsconfig.compilerOptions.paths,
        experimental: { ...settings.jsc.experimental, keepImportAttributes: true },
      },
      module: { ...settings.module, resolveFully: true },
      sourceMaps: true,
      sourceFileName: join(root, file),
    });
    const name = outputOf(file).split('/').at(-1);
    await write(`${output}.map`, map ?? '');
    return write(output, `${code}\n//# sourceMappingURL=${name}.map\n`);
  };
}

async function inParallel(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() * 2 }, worker));
}
