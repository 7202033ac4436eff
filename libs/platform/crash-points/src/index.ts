export { crashPoint, type CrashPointName } from './crash-points.js';
