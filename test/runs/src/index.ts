export { type Judgement, Run, type RunOptions } from './run.js';
export { type AllProgress, isRead, isSettled, readProgress, waitUntil } from './wait.js';
