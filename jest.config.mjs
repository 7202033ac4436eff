import { readFileSync } from 'node:fs';

/** One project per tier: a spec's file name says which world it needs. */
const paths = JSON.parse(readFileSync(new URL('./tsconfig.base.json', import.meta.url), 'utf8'))
  .compilerOptions.paths;
const doors = Object.fromEntries(
  Object.entries(paths).map(([name, [file]]) => [`^${name}$`, file.replace('./', '<rootDir>/')]),
);

const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2023',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const tier = (displayName, testRegex, more = {}) => ({
  displayName,
  rootDir: import.meta.dirname,
  testRegex,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.tsx?$': ['@swc/jest', swc] },
  moduleNameMapper: { ...doors, '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: [
    '<rootDir>/dist',
    '<rootDir>/dist-production',
    '<rootDir>/.nx',
    '<rootDir>/.cache',
  ],
  ...more,
});

export default {
  projects: [
    tier('unit', ['(?<!\\.int|\\.e2e)\\.spec\\.tsx?$']),
    tier('integration', ['\\.int\\.spec\\.ts$'], {
      globalSetup: '<rootDir>/libs/testing/src/jest/global-setup.mjs',
      globalTeardown: '<rootDir>/libs/testing/src/jest/global-teardown.mjs',
    }),
    tier('e2e', ['\\.e2e\\.spec\\.ts$']),
  ],
};
