/**
 * `npm test`: every tier with its time and budget, then `N passed, N failed` alone on the last line.
 * A tier over its budget warns; over twice its budget it counts as failed.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnBound } from './bound-process.mjs';
import { watchLifeline } from './lifeline.mjs';

const root = join(import.meta.dirname, '..', '..');
const results = join(root, '.cache', 'test-results');

/** Static checks count one each; jest tiers count their tests. `graph` comes first: the boundary rule skips itself without it. */
const tiers = [
  {
    name: 'lint, boundaries, types',
    budgetMinutes: 3,
    steps: [
      { name: 'project graph', command: ['nx', 'graph', '--file=.nx/graph.json'] },
      { name: 'format', command: ['nx', 'run', 'workspace:format'] },
      { name: 'lint and boundaries', command: ['nx', 'run', 'workspace:lint'] },
      { name: 'types', command: ['nx', 'run', 'workspace:types'] },
    ],
  },
  { name: 'unit', budgetMinutes: 1, steps: [jestStep('unit')] },
  { name: 'integration', budgetMinutes: 5, steps: [jestStep('integration')] },
  { name: 'end to end', budgetMinutes: 4, steps: [jestStep('e2e')] },
];

function jestStep(target) {
  return {
    name: target,
    command: ['nx', 'run', `workspace:${target}`],
    report: join(results, `${target}.json`),
  };
}

let running;

/** Bound to this process: what a tier starts never outlives `npm test`. */
async function run(command) {
  const nodeOptions = [
    process.env.NODE_OPTIONS,
    // The notice about the flag that ESM in jest needs, and one that kafkajs causes; nothing else is silenced.
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=TimeoutNegativeWarning',
  ];
  running = await spawnBound(join(root, 'node_modules', '.bin', command[0]), command.slice(1), {
    deathSignal: 'TERM',
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      FORCE_COLOR: process.stdout.isTTY ? '1' : '0',
      NODE_OPTIONS: nodeOptions.filter(Boolean).join(' '),
    },
  });
  const { code, signal } = await running.exited;
  return signal ? 1 : code;
}

async function runStep(step) {
  if (step.report) rmSync(step.report, { force: true });
  const code = await run(step.command);
  if (!step.report) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = readReport(step.report);
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  return { passed: numPassedTests, failed: code === 0 ? failed : Math.max(failed, 1) };
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`no test report at ${file}: ${error.message}`);
    return { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1 };
  }
}

function chosenTiers() {
  const only = process.argv.slice(2).filter((word) => !word.startsWith('-'));
  if (only.length === 0) return tiers;
  const chosen = tiers.filter((tier) => only.some((word) => tier.name.startsWith(word)));
  if (chosen.length > 0) return chosen;
  console.error(
    `no tier is called ${only.join(', ')}; there are: ${tiers.map((t) => t.name).join(', ')}`,
  );
  process.exit(64);
}

const leave = () => {
  void Promise.resolve(running?.stop()).finally(() => process.exit(130));
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, leave);
watchLifeline(leave);

mkdirSync(results, { recursive: true });
const total = { passed: 0, failed: 0 };
const lines = [];
for (const tier of chosenTiers()) {
  const startedAt = performance.now();
  const sum = { passed: 0, failed: 0 };
  for (const step of tier.steps) {
    console.log(`\n=== ${tier.name}: ${step.name}`);
    const { passed, failed } = await runStep(step);
    sum.passed += passed;
    sum.failed += failed;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  let note = '';
  if (seconds > tier.budgetMinutes * 120) {
    note = `  more than twice its budget of ${tier.budgetMinutes} min: counted as failed`;
    sum.failed += 1;
  } else if (seconds > tier.budgetMinutes * 60) {
    note = `  over its budget of ${tier.budgetMinutes} min`;
  }
  lines.push(
    `${tier.name.padEnd(26)}${seconds.toFixed(1).padStart(7)} s  ${sum.passed} passed, ${sum.failed} failed${note}`,
  );
  total.passed += sum.passed;
  total.failed += sum.failed;
}

console.log(`\n${lines.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
