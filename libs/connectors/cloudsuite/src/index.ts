export { CallBudget } from './call-budget.js';
export { type CallGuard, FsmLedger, type FsmLedgerOptions, type LentAccess } from './fsm-ledger.js';
export { overlongField } from './fsm-line.js';
export { FIELD_LENGTHS } from './fsm-names.js';
export {
  CLOUDSUITE_SUFFIXES,
  type IonapiFile,
  type IonapiOptions,
  MAX_IONAPI_BYTES,
  parseIonapi,
} from './ionapi.js';
export type {
  ChartAccount,
  InterfaceResult,
  LedgerLine,
  LedgerPort,
  Look,
  RunGroupRef,
  StageAnswer,
  StagedLine,
  TraceField,
} from './ledger-port.js';
export { type ResponseClass, responseClasses, type Verdict } from './response-class.js';
export { type CloudSuiteToken, requestCloudSuiteToken } from './token.js';
