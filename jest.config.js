// Packages that every test file of a process shares; see test/jest-environment.ts.
const SHARED = '(aws-cdk-lib|constructs|@aws-cdk|@cdklabs|zod|fflate|fast-check|yaml)';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/jest-environment.ts',
  // By default Jest leaves a core idle, which on two is half of them.
  maxWorkers: '100%',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...require('./test/integration.js')],
  // Transpile only: types are checked once, by `npm run types`.
  // CommonJS to the last: Jest cannot do the `import()` that tsconfig.json's `module: node20` keeps.
  transform: {
    [`/node_modules/${SHARED}/.+\\.c?js$`]: '<rootDir>/test/shared-modules.js',
    '^.+\\.ts$': [
      'ts-jest',
      {
        diagnostics: false,
        tsconfig: { target: 'es2023', module: 'commonjs', esModuleInterop: true, isolatedModules: true },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!${SHARED}/)`],
  // A machine that does other work too takes its time; what hangs still ends.
  testTimeout: 30_000,
  snapshotFormat: { escapeString: false, printBasicPrototype: false },
};
