import { afterAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from './judge.js';
import { PLANT_KINDS, plantError } from './plant.js';
import { reportText } from './report.js';
import {
  EAST,
  charge,
  cleanScenario,
  journal,
  line,
  nth,
  orderRecord,
  rowsOf,
  scenarioFolder,
  tax,
} from './scenario.fixture.js';
import { CannotRead } from './truth-file.js';

const folder = scenarioFolder();
afterAll(() => folder.remove());

function scenarioWithTaxedOrder() {
  const scenario = cleanScenario();
  scenario.walmart.push(orderRecord('10001', '5007', [line('1', [charge('20', tax('1.75'))])]));
  scenario.cloudsuite.push(
    ...journal(
      'RG7',
      rowsOf([
        { po: '5007', account: '11500', amount: '20.000' },
        { po: '5007', account: '40100', amount: '-20.000', dimensions: EAST },
      ]),
    ),
  );
  return scenario;
}

describe('planting an error in copies of truth logs', () => {
  it.each(PLANT_KINDS)('%s is caught by name', (kind) => {
    const files = folder.write(scenarioWithTaxedOrder());
    expect(judge(files).right).toBe(true);
    const copies = plantError(kind, { ...files, out: join(folder.folder, `planted-${kind}`) });
    const verdict = judge({ ...copies, policyFile: files.policyFile });
    expect(verdict.right).toBe(false);
    expect(Object.keys(verdict.counts)).toContain(copies.code);
    expect(Object.keys(verdict.counts)).not.toContain('truth-log-gap');
    expect(judge(files).right).toBe(true);
  });

  it('refuses to write over the logs themselves', () => {
    const files = folder.write(scenarioWithTaxedOrder());
    expect(() => plantError('wrong-cent', { ...files, out: folder.folder })).toThrow(CannotRead);
  });
});

describe('the report', () => {
  it('ends with the verdict and shows each class and account', () => {
    const text = reportText(folder.verdict(cleanScenario()));
    expect(text).toMatch(/\nRIGHT\n$/);
    expect(text).toContain('quantity-above-one');
    expect(text).toContain('40100');
    const wrong = cleanScenario();
    wrong.cloudsuite.splice(0, 4);
    expect(reportText(folder.verdict(wrong))).toMatch(
      /line-missing: 2\n[^]*\nWRONG: 2 findings\n$/,
    );
  });
});

describe('files that cannot be judged', () => {
  it('ignores a last line without a newline, and refuses a broken one', () => {
    const files = folder.write(cleanScenario());
    writeFileSync(files.cloudsuiteTruth, '{"seq":', { flag: 'a' });
    expect(judge(files).right).toBe(true);
    writeFileSync(files.cloudsuiteTruth, '\n', { flag: 'a' });
    expect(() => judge(files)).toThrow(/cloudsuite\.truth\.jsonl line 9 is not JSON/);
  });

  it('refuses swapped logs, a missing file and a policy it does not understand', () => {
    const files = folder.write(cleanScenario());
    expect(() =>
      judge({ ...files, walmartTruth: files.cloudsuiteTruth, cloudsuiteTruth: files.walmartTruth }),
    ).toThrow(CannotRead);
    expect(() => judge({ ...files, walmartTruth: join(folder.folder, 'none') })).toThrow(
      CannotRead,
    );
    const scenario = cleanScenario();
    nth(scenario.policy.sellers)['accountingZone'] = 'America/Nowhere';
    expect(() => folder.verdict(scenario)).toThrow(/unknown zone/);
  });
});
