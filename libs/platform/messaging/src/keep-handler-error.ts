import { Catch, type ExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/** For event handlers: hands the original error to the transport, where Nest makes it a text. */
@Catch()
export class KeepHandlerError implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
