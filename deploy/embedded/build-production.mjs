import { ensureBuilt } from './build.mjs';

/** `npm run build`: what an image holds, in `dist-production/`. */
const { dist, compiled, removed, tookMs } = await ensureBuilt({ production: true });
console.log(`${dist}: ${compiled} files compiled, ${removed} removed, ${tookMs} ms`);
