import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const layers = {
  kernel: { layers: ['kernel'], npm: ['@noble/hashes*'] },
  domain: { layers: ['kernel', 'domain'], npm: [] },
  contract: { layers: ['kernel', 'domain', 'contract'], npm: ['zod'] },
  platform: {
    layers: ['kernel', 'contract', 'platform'],
    npm: [
      '@nestjs/*',
      'ipaddr.js',
      'jose',
      'kafkajs',
      'kafkajs/*',
      'lru-cache',
      'p-limit',
      'pg',
      'pino',
      'reflect-metadata',
      'rxjs',
      'typeorm',
      'undici',
      'zod',
      'lossless-json',
      'express',
    ],
  },
  connector: {
    layers: ['kernel', 'domain', 'contract', 'platform', 'connector'],
    npm: ['lossless-json', 'p-limit', 'zod'],
  },
  app: {
    layers: ['kernel', 'domain', 'contract', 'platform', 'connector'],
    npm: [
      '@nestjs/*',
      'jose',
      'lru-cache',
      'opossum',
      'p-limit',
      'passport',
      'passport-http-bearer',
      'reflect-metadata',
      'rxjs',
      'typeorm',
      'zod',
      'express',
      'pino',
      'lossless-json',
    ],
  },
  sim: { layers: ['kernel'], npm: ['selfsigned', 'zod', 'fflate'] },
  testing: { layers: ['kernel'], npm: ['testcontainers', '@testcontainers/*', 'pg', 'kafkajs'] },
  oracle: { layers: [], npm: ['cli-table3'] },
  deploy: {
    layers: ['kernel', 'contract', 'platform', 'app', 'deploy'],
    npm: ['kafkajs', 'mvn-artifact-download', 'pg', 'selfsigned', '@swc/core'],
  },
  test: {
    layers: [
      'kernel',
      'domain',
      'contract',
      'platform',
      'connector',
      'app',
      'testing',
      'oracle',
      'deploy',
      'test',
    ],
    npm: ['**'],
  },
  workspace: { layers: [], npm: ['**'] },
};

export const depConstraints = Object.entries(layers).map(([layer, allowed]) => ({
  sourceTag: `layer:${layer}`,
  onlyDependOnLibsWithTags: allowed.layers.map((name) => `layer:${name}`),
  allowedExternalImports: [...allowed.npm, 'fast-check', '@jest/globals', 'jest'],
}));
depConstraints.push(
  { sourceTag: 'runtime:pure', onlyDependOnLibsWithTags: ['runtime:pure'] },
  { sourceTag: 'runtime:node', onlyDependOnLibsWithTags: ['runtime:pure', 'runtime:node'] },
);

function boundaries(files, constraints) {
  return {
    files,
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          // The launcher runs before anything is built and has no alias; a schema is an app's one open file.
          allow: ['embedded/[a-z-]+\\.mjs$', 'apps/[a-z-]+/src/schema\\.js$'],
          // Their specs only: the servers are tested with the supervisor, the supervisor with the servers.
          ignoredCircularDependencies: [['embedded', 'testing']],
          depConstraints: constraints,
          banTransitiveDependencies: false,
        },
      ],
    },
  };
}

const clock = 'Time comes from the kernel clock.';
const money = 'Money is bigint minor units; read decimals with the accounting door.';

export default [
  {
    ignores: [
      'dist/**',
      'dist-production/**',
      'node_modules/**',
      '.nx/**',
      '.cache/**',
      'coverage/**',
      'helm/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({
    ...config,
    files: ['**/*.ts', '**/*.tsx'],
  })),
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Nest's modules and listeners are classes without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allow: [{ name: 'bigint', from: 'lib' }] },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'axios', message: 'Use @mlc/http.' },
            { name: 'node-fetch', message: 'Use @mlc/http.' },
          ],
          patterns: [{ group: ['@mlc/*/*'], message: 'A library has one door.' }],
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: clock },
        {
          object: 'Math',
          property: 'random',
          message: 'Random values come from node:crypto at the rim.',
        },
        {
          object: 'process',
          property: 'env',
          message: 'Configuration is read once, by the service kit.',
        },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'parseFloat', message: money },
        { name: 'fetch', message: 'Use @mlc/http.' },
      ],
    },
  },
  boundaries(['**/*.ts', '**/*.tsx'], depConstraints),
  // Specs may use the test servers, whatever they test.
  boundaries(
    ['**/*.spec.ts', '**/spec/**/*.ts'],
    depConstraints.map((constraint) =>
      constraint.sourceTag.startsWith('layer:')
        ? {
            ...constraint,
            onlyDependOnLibsWithTags: [
              ...constraint.onlyDependOnLibsWithTags,
              'layer:testing',
              'layer:deploy',
            ],
            allowedExternalImports: ['**'],
          }
        : { ...constraint, onlyDependOnLibsWithTags: ['runtime:pure', 'runtime:node'] },
    ),
  ),
  {
    // Pure code runs anywhere: no Node built-ins.
    files: ['libs/kernel/**/*.ts', 'libs/domain/**/*.ts', 'libs/contracts/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', 'fs', 'path', 'crypto', 'http', 'https'],
              message: 'Pure code imports nothing from Node.',
            },
            { group: ['@mlc/*/*'], message: 'A library has one door.' },
          ],
        },
      ],
    },
  },
  {
    files: ['libs/kernel/src/clock.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // The places where a process meets its machine.
    files: [
      'libs/platform/service-kit/src/**',
      'libs/platform/crash-points/src/**',
      'libs/testing/**',
      'deploy/**',
      'test/**',
      'apps/sim-*/src/config.ts',
      '**/*.spec.ts',
      '**/spec/**/*.ts',
    ],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-globals': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    rules: {
      'no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
    languageOptions: {
      ecmaVersion: 2025,
      sourceType: 'module',
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'URL',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'performance',
          'Buffer',
          'fetch',
          'AbortSignal',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
];
