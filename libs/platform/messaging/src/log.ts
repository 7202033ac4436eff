import { Logger } from '@nestjs/common';

/** The part of a pino logger this room needs. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where there is no other: Nest's logger. */
export function nestLog(context: string): Log {
  const logger = new Logger(context);
  return {
    info: (fields, message) => logger.log({ ...fields, message }),
    warn: (fields, message) => logger.warn({ ...fields, message }),
    error: (fields, message) => logger.error({ ...fields, message }),
  };
}
