import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { judge } from './judge.js';
import { reportText } from './report.js';
import { CannotRead } from './truth-file.js';

const USAGE =
  'oracle --walmart <walmart.truth.jsonl> --cloudsuite <cloudsuite.truth.jsonl> --policy <policy.json> [--json] [--lines <out.json>]';
const RIGHT = 0;
const WRONG = 1;
const CANNOT_READ = 2;

function run(): number {
  const { values } = parseArgs({
    options: {
      walmart: { type: 'string' },
      cloudsuite: { type: 'string' },
      policy: { type: 'string' },
      json: { type: 'boolean', default: false },
      lines: { type: 'string' },
    },
  });
  if (!values.walmart || !values.cloudsuite || !values.policy) throw new CannotRead(USAGE);
  const verdict = judge({
    walmartTruth: values.walmart,
    cloudsuiteTruth: values.cloudsuite,
    policyFile: values.policy,
  });
  if (values.lines) {
    const sellers = verdict.sellers.map(
      ({ market, walmartSellerId, posted, held, excluded, amounts }) => ({
        market,
        walmartSellerId,
        posted,
        held,
        excluded,
        amounts,
      }),
    );
    writeFileSync(values.lines, `${JSON.stringify({ right: verdict.right, sellers })}\n`);
  }
  process.stdout.write(values.json ? `${JSON.stringify(verdict)}\n` : reportText(verdict));
  return verdict.right ? RIGHT : WRONG;
}

try {
  process.exitCode = run();
} catch (error) {
  // Whatever stops the oracle from judging is never a verdict: neither right nor wrong.
  process.stderr.write(`Cannot judge: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = CANNOT_READ;
}
