import { periodic, type PeriodicJob } from '@mlc/service-kit';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { answerPings } from './commands/answer-pings.js';
import type { PostingContext } from './groups/posting-context.js';
import { Poster } from './groups/poster.js';

/** What runs outside the consumers: posting per seller, and pings. */
export class PostingWork implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #context: PostingContext;
  readonly #poster: Poster;
  #jobs: PeriodicJob[] = [];
  #commands: PeriodicJob | null = null;

  constructor(context: PostingContext) {
    this.#context = context;
    this.#poster = new Poster(context);
  }

  onApplicationBootstrap(): void {
    const everyMs = this.#context.settings.POSTER_TICK_MS;
    this.#commands = periodic('answer-pings', everyMs, () => answerPings(this.#context));
    this.#jobs = [this.#commands, periodic('post', everyMs, () => this.#poster.tick())];
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#jobs.map((job) => job.stop()));
    await this.#poster.stop();
  }

  journalsCame(sellers: readonly string[]): void {
    this.#poster.kick(sellers);
  }

  commandsCame(): void {
    this.#commands?.kick();
  }
}
