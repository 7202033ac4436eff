export { judge, type JudgeInput } from './judge.js';
export { reportText } from './report.js';
export { CannotRead } from './truth-file.js';
export type { ClassRow, LineWithReason, SellerVerdict, TrialRow, Verdict } from './verdict.js';
export type { Finding } from './findings.js';
export { plantError, PLANT_KINDS, type PlantKind, type PlantedCopies } from './plant.js';
