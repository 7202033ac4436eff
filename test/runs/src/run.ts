import { join } from 'node:path';
import { type Preview, type Progress, sellerEndpoints } from '@mlc/api';
import type { FlowProgress } from '@mlc/events';
import {
  type ApiLink,
  approve,
  createTenants,
  type Installation,
  type OnboardedSeller,
  onboardToShadow,
  patientLink,
} from '@mlc/installation';
import { judge, type Verdict } from '@mlc/oracle';
import { loadScenario, type Scenario, writePolicy } from '@mlc/scenarios';
import { compareLists } from './compare-lists.js';
import { type AllProgress, isRead, isSettled, readProgress, waitUntil } from './wait.js';

export interface RunOptions {
  readonly installation: Installation;
  readonly scenario: Scenario;
  /** How often ingestion polls by itself. */
  readonly pollEveryMs: number;
  readonly limitMs: number;
  /** Services may die and come back meanwhile: calls without an answer are made again. */
  readonly patient?: boolean;
  readonly onProgress?: (phase: 'reading' | 'posting', progress: AllProgress) => void;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Differences between the tenant API's lists and the oracle's. */
  readonly differences: readonly string[];
  readonly right: boolean;
}

const PATIENT_PINGS = 20;

/** A scenario on its way through the product. Each step may be taken once, in this order. */
export class Run {
  readonly policyFile: string;
  private onboarded: OnboardedSeller[] = [];
  private readonly api: ApiLink;
  private expectedLines: readonly number[];

  constructor(private readonly options: RunOptions) {
    const { installation, patient } = options;
    this.policyFile = join(installation.folder, 'policy.json');
    this.expectedLines = options.scenario.sellers.map((seller) => seller.counts.lines);
    this.api = patient ? patientLink(installation.api) : installation.api;
  }

  get sellers(): readonly OnboardedSeller[] {
    return this.onboarded;
  }

  /** Fills both simulators and writes the policy file. */
  async load(): Promise<Map<string, Record<string, unknown>>> {
    const { installation, scenario } = this.options;
    writePolicy(scenario.policy, this.policyFile);
    await loadScenario(scenario, installation.walmart.controlUrl);
    return createTenants(installation, scenario);
  }

  /** More orders of the same sellers arrive at Walmart. */
  async loadMore(scenario: Scenario): Promise<void> {
    await loadScenario(scenario, this.options.installation.walmart.controlUrl);
    this.expectedLines = scenario.sellers.map((seller) => seller.counts.lines);
  }

  /** Onboards every seller up to shadow. */
  async onboard(files: ReadonlyMap<string, Record<string, unknown>>): Promise<void> {
    const { installation, scenario, pollEveryMs, patient } = this.options;
    this.onboarded = await Promise.all(
      scenario.sellers.map((seller) =>
        onboardToShadow(this.api, seller, {
          ionapi: files.get(seller.walmartSellerId) ?? {},
          walmartUrl: `https://localhost:${installation.walmart.port}`,
          pollEveryMs,
          pings: patient ? PATIENT_PINGS : 1,
        }),
      ),
    );
  }

  /** Waits until all orders were read and every line was computed in shadow. */
  async read(): Promise<void> {
    await waitUntil(
      this.waiting('reading'),
      (progress, at) => isRead(progress) && this.knows(progress, at),
    );
  }

  /** A named person approves each preview. */
  async approveAll(approvedBy: string): Promise<Preview[]> {
    return Promise.all(
      this.onboarded.map(({ sellerId }) => approve(this.api, sellerId, approvedBy)),
    );
  }

  /** Waits until nothing is on its way. */
  async settle(): Promise<void> {
    await waitUntil(
      this.waiting('posting'),
      (progress, at) => isSettled(progress) && this.knows(progress, at),
    );
  }

  /** Polls once more, from `since` or the watermark on; answers what each seller's poll read and added. */
  async pollAgain(since: string | null): Promise<FlowProgress[]> {
    const { api } = this;
    const before = (await readProgress(api, this.onboarded)).map(
      ({ progress }) => progress.poll?.pollId,
    );
    await Promise.all(
      this.onboarded.map(({ sellerId }) =>
        api.call(sellerEndpoints.pollNow, { params: { sellerId }, body: { since } }),
      ),
    );
    const ended: FlowProgress[] = [];
    await waitUntil({ ...this.waiting('posting'), what: 'the second poll' }, (progress, at) => {
      const { poll } = progress;
      if (!poll || poll.pollId === before[at] || poll.endedAt === null) return false;
      ended[at] = poll;
      return true;
    });
    await this.settle();
    return ended;
  }

  /** The oracle reads the truth logs; then the tenant API's lists are compared with its verdict. */
  async judge(): Promise<Judgement> {
    const { installation } = this.options;
    const verdict = judge({
      walmartTruth: installation.walmart.truthFile,
      cloudsuiteTruth: installation.cloudsuite.truthFile,
      policyFile: this.policyFile,
    });
    const differences: string[] = [];
    for (const seller of this.onboarded) {
      const own = verdict.sellers.find(
        (candidate) => candidate.walmartSellerId === seller.scenario.walmartSellerId,
      );
      if (!own) differences.push(`${seller.scenario.name}: the oracle knows nothing of it`);
      else differences.push(...(await compareLists(this.api, seller, own)));
    }
    return { verdict, differences, right: verdict.right && differences.length === 0 };
  }

  /** Whether mapping has heard of every line the simulator holds. */
  private knows(progress: Progress, at: number): boolean {
    return progress.lines >= (this.expectedLines[at] ?? 0);
  }

  private waiting(phase: 'reading' | 'posting') {
    const { limitMs, onProgress } = this.options;
    return {
      api: this.api,
      sellers: this.onboarded,
      limitMs,
      what: phase,
      ...(onProgress ? { onProgress: (progress: AllProgress) => onProgress(phase, progress) } : {}),
    };
  }
}
