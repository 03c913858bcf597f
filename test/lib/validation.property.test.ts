import fc from 'fast-check';
import { findings } from '../../tools/findings';
import { consistentSettings } from './any-options';

// The built-in validation is what this file is about: its rules take some seconds to load, once.
// The CDK is the process's, and so is the environment that it reads (test/jest-environment.ts).
const { env } = (globalThis as unknown as { readonly shared: { readonly env: NodeJS.ProcessEnv } }).shared;
env['CDK_VALIDATION'] = 'true';
afterAll(() => {
  env['CDK_VALIDATION'] = 'false';
});

test('options that don’t contradict each other validate without a finding', () => {
  fc.assert(
    fc.property(consistentSettings, (options) => {
      expect(findings(options)).toEqual([]);
    }),
    { numRuns: 25 },
  );
}, 300_000);
