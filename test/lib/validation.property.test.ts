import fc from 'fast-check';
import { findings } from '../../tools/findings';
import { describeUnless } from '../left-out';
import { consistentSettings } from './any-options';

// The built-in validation is what this file is about: its rules take some seconds to load, once.
// The CDK is the process's, and so is the environment that it reads (test/jest-environment.ts).
(globalThis as unknown as { shared: { env: NodeJS.ProcessEnv } }).shared.env['CDK_VALIDATION'] = 'true';

const OPEN =
  'cdk-nag finds what is not acknowledged yet: with region, where a finding names the region and not its pseudo ' +
  'parameter, and CDK’s own function that turns scheduled provisioned concurrency off';

describeUnless(OPEN, 'any options', () => {
  test('options that don’t contradict each other validate without a finding', () => {
    fc.assert(
      fc.property(consistentSettings, (options) => {
        expect(findings(options)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  }, 300_000);
});
