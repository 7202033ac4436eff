import { watchLifeline } from '../../../deploy/embedded/lifeline.mjs';
import { benchPath } from './path.js';

const benches: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  path: benchPath,
};

watchLifeline(() => process.exit(130));
const [name = 'path', ...args] = process.argv.slice(2);
const bench = benches[name];
if (!bench) {
  console.error(`no bench is called ${name}; there are: ${Object.keys(benches).join(', ')}`);
  process.exit(64);
}
process.exit(await bench(args));
