import { lineEndpoints } from '@mlc/api';
import { Database } from '@mlc/service-kit';
import type { Tx } from '@mlc/postgres';
import { Controller, Inject } from '@nestjs/common';
import { listLines, readProgress } from '../read-model/read-lines.js';
import { readOrderTrail } from '../read-model/read-trail.js';
import { forSeller, requireSeller } from '../sellers/seller-store.js';
import { type AnswerOf, type CallOf, Checked, Serve } from './serve.js';

type Ends = typeof lineEndpoints;
type CallTo<K extends keyof Ends> = CallOf<Ends[K]>;
type Answer<K extends keyof Ends> = Promise<AnswerOf<Ends[K]>>;

@Controller()
export class LinesController {
  constructor(@Inject(Database) readonly db: Database) {}

  @Serve(lineEndpoints.progress)
  progress(@Checked() { params }: CallTo<'progress'>): Answer<'progress'> {
    return this.of(params.sellerId, (tx) => readProgress(tx, params.sellerId));
  }

  @Serve(lineEndpoints.listLines)
  listLines(@Checked() { params, query }: CallTo<'listLines'>): Answer<'listLines'> {
    return this.of(params.sellerId, (tx) => listLines(tx, params.sellerId, query));
  }

  @Serve(lineEndpoints.auditTrail)
  auditTrail(@Checked() { params }: CallTo<'auditTrail'>): Answer<'auditTrail'> {
    return this.of(params.sellerId, (tx) => readOrderTrail(tx, params.sellerId, params.orderId));
  }

  private of<T>(sellerId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return forSeller(this, sellerId, async (tx) => {
      await requireSeller(tx, sellerId);
      return work(tx);
    });
  }
}
