import type { Service } from '@mlc/events';
import type { RunningProcess } from '@mlc/testing';
import type { Installation } from '@mlc/installation';

export interface Death {
  readonly service: Service;
  readonly point: string;
  readonly pid: number;
  readonly signal: string | null;
}

/** The environment that makes a service KILL itself at the nth passing of a point. */
export function crashAt(point: string): Record<string, string> {
  return { MLC_CRASH_AT: point };
}

/**
 * Plays the cluster's part: a service that died is started again, with the next planned crash point,
 * and without one after the last.
 */
export class Keeper {
  readonly deaths: Death[] = [];
  private ended = false;

  constructor(
    private readonly installation: Installation,
    plan: Partial<Record<Service, readonly string[]>>,
  ) {
    for (const [name, points] of Object.entries(plan)) {
      const service = name as Service;
      const running = installation.services.get(service);
      if (running) void this.watch(service, running, points);
    }
  }

  /** Call before the installation is stopped, so that an orderly end is not taken for a death. */
  end(): void {
    this.ended = true;
  }

  private async watch(
    service: Service,
    first: RunningProcess,
    points: readonly string[],
  ): Promise<void> {
    let running = first;
    for (const [at, point] of points.entries()) {
      const exit = await running.exited;
      if (this.ended) return;
      this.deaths.push({ service, point, pid: running.pid, signal: exit.signal });
      const next = points[at + 1];
      running = await this.installation.restart(service, {
        environment: next === undefined ? {} : crashAt(next),
        readyWhen: 'spawn',
      });
    }
  }
}
