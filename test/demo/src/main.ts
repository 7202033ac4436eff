import { fileURLToPath } from 'node:url';
import { lineEndpoints, type Preview } from '@mlc/api';
import type { FlowProgress } from '@mlc/events';
import { systemClock } from '@mlc/kernel';
import { watchLifeline } from '../../../deploy/embedded/lifeline.mjs';
import { makeRunFolder } from '../../../deploy/embedded/run-folder.mjs';
import { type Installation, startInstallation } from '@mlc/installation';
import { reportText } from '@mlc/oracle';
import { Run } from '@mlc/runs';
import { generateScenario, type Scenario } from '@mlc/scenarios';
import { type DemoOptions, readOptions } from './options.js';
import { countOf, ProgressLine } from './progress-line.js';

const POLL_EVERY_MS = 3_600_000;
const STEP_LIMIT_MS = 600_000;
/** Long before the oldest order: the whole of what Walmart still shows. */
const EVERYTHING = '2020-01-01T00:00:00.000Z';
const APPROVER = 'Dana Reyes, controller';

const say = (text = ''): void => void process.stdout.write(`${text}\n`);

function money(minor: string): string {
  const digits = minor.replace('-', '').padStart(3, '0');
  return `${minor.startsWith('-') ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function sayScenario(scenario: Scenario): void {
  for (const seller of scenario.sellers) {
    const { counts, ledger } = seller;
    say(
      `  ${seller.name} (Walmart ${seller.walmartSellerId}): ${counts.orders} orders, ${counts.lines} lines of ` +
        `${seller.saleDate} in ${seller.accountingZone}; ledger ${ledger.tenant} (${ledger.region})`,
    );
  }
}

function sayPreviews(scenario: Scenario, previews: readonly Preview[]): void {
  for (const [at, preview] of previews.entries()) {
    const { toPost, held, excluded } = preview.lines;
    const debits = preview.accounts
      .filter((row) => row.component === 'clearing')
      .reduce((sum, row) => sum + BigInt(row.amountMinor), 0n);
    say(
      `  ${scenario.sellers[at]?.name}: ${toPost} lines to post (${money(String(debits))} due from Walmart), ` +
        `${held} held, ${excluded} excluded; approved by ${APPROVER}`,
    );
  }
}

function saySecondPoll(scenario: Scenario, polls: readonly FlowProgress[]): number {
  let added = 0;
  for (const [at, poll] of polls.entries()) {
    added += poll.linesAdded;
    say(
      `  ${scenario.sellers[at]?.name}: ${poll.ordersListed} orders and ${poll.linesListed} lines listed, ${poll.linesAdded} added`,
    );
  }
  return added;
}

async function sayTrail(installation: Installation, run: Run, orderId: string): Promise<void> {
  const [seller] = run.sellers;
  if (!seller) return;
  const trail = await installation.api.call(lineEndpoints.auditTrail, {
    params: { sellerId: seller.sellerId, orderId },
  });
  say(
    `\nAudit trail of order ${orderId} (${seller.scenario.name}), correlation ${trail.entries[0]?.correlationId ?? '-'}`,
  );
  for (const entry of trail.entries) {
    say(
      `  ${entry.at}  ${entry.service.padEnd(11)} ${entry.action.padEnd(26)} ${entry.runGroup ?? ''}  ` +
        `#${entry.chainIndex} ${entry.chainHash.slice(0, 12)}`,
    );
  }
}

function sayHowToGoOn(installation: Installation, run: Run): void {
  const { api } = installation;
  const sellerId = run.sellers[0]?.sellerId ?? '';
  say('\nLeft running; Ctrl-C ends it. Try:');
  say(`  curl -s -H 'Authorization: Bearer ${api.key}' ${api.url}/v1/sellers`);
  say(
    `  curl -s -H 'Authorization: Bearer ${api.key}' '${api.url}/v1/sellers/${sellerId}/lines?standing=held&limit=5'`,
  );
  say(`  curl -s -H 'Authorization: Bearer ${api.key}' ${api.url}/v1/sellers/${sellerId}/progress`);
  say(
    `  tenant API ${api.url}; PostgreSQL ${new URL(installation.servers.databaseUrl).host}; Kafka ${installation.servers.kafkaBrokers.join(',')}`,
  );
  say(
    `  Walmart simulator ${installation.walmart.controlUrl} (control); CloudSuite simulator ${installation.cloudsuite.controlUrl} (control)`,
  );
  say(`  truth logs and service logs: ${installation.folder}`);
}

/** One demo; answers whether everything was right. */
async function demo(
  options: DemoOptions,
  installation: Installation,
): Promise<{ right: boolean; run: Run }> {
  const scenario = generateScenario({
    seed: options.seed,
    sellers: options.sellers,
    linesPerSeller: options.lines,
    now: systemClock().now(),
    includePublishedSamples: true,
  });
  let line = new ProgressLine(process.stdout, performance.now());
  const run = new Run({
    installation,
    scenario,
    pollEveryMs: POLL_EVERY_MS,
    limitMs: STEP_LIMIT_MS,
    onProgress: (phase, all) => line.show(phase, all.map(countOf), performance.now()),
  });
  say('\nYesterday, as Walmart has it');
  const files = await run.load();
  sayScenario(scenario);
  say(
    '\nOnboarding through the tenant API: credentials sealed, rules published, both systems pinged, shadow',
  );
  await run.onboard(files);
  await run.read();
  line.end();
  say('\nPreview of going live');
  sayPreviews(scenario, await run.approveAll(APPROVER));
  line = new ProgressLine(process.stdout, performance.now());
  await run.settle();
  line.end();
  say('\nEverything polled a second time');
  const added = saySecondPoll(scenario, await run.pollAgain(EVERYTHING));
  const { verdict, differences, right } = await run.judge();
  say(`\n${reportText(verdict)}`);
  say(
    differences.length === 0
      ? "The tenant API's lists of posted, held and excluded lines equal the oracle's."
      : `The tenant API's lists differ from the oracle's:\n${differences.slice(0, 20).join('\n')}\n(${differences.length} in all)`,
  );
  const example = verdict.sellers[0]?.posted[0]?.split('/')[2];
  if (example) await sayTrail(installation, run, example);
  if (added > 0) say(`\nWRONG: the second poll added ${added} lines`);
  return { right: right && added === 0, run };
}

async function main(): Promise<number> {
  let options: DemoOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 64;
  }
  const startedMs = performance.now();
  const { folder, remove } = makeRunFolder('demo');
  say('Starting');
  let installation: Installation;
  try {
    installation = await startInstallation({
      folder,
      onStep: (step) =>
        say(`  ${((performance.now() - startedMs) / 1000).toFixed(1).padStart(5)} s  ${step}`),
    });
  } catch (error) {
    say(`\nNot everything started: ${error instanceof Error ? error.message : String(error)}`);
    say(`Logs are kept in ${folder}`);
    return 1;
  }
  let ending: Promise<void> | null = null;
  const end = (): Promise<void> => (ending ??= installation.stop());
  const leave = (): void => {
    void end().finally(() => process.exit(130));
  };
  process.on('SIGINT', leave).on('SIGTERM', leave).on('SIGHUP', leave);
  watchLifeline(leave);
  try {
    const { right, run } = await demo(options, installation);
    if (options.keep) {
      sayHowToGoOn(installation, run);
      await new Promise(() => undefined);
    }
    say(
      `\n${right ? 'RIGHT' : 'WRONG'}, in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`,
    );
    await end();
    if (right) remove();
    else say(`Logs and truth logs are kept in ${folder}`);
    return right ? 0 : 1;
  } catch (error) {
    say(`\nThe demo could not go on: ${error instanceof Error ? error.message : String(error)}`);
    say(`Logs and truth logs are kept in ${folder}`);
    await end();
    return 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main());
