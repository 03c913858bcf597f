import fc from 'fast-check';
import { findings } from '../../tools/findings';
import { consistentSettings } from './any-options';

// The built-in validation is what this file is about: its rules take some seconds to load, once.
process.env['CDK_VALIDATION'] = 'true';

test('options that don’t contradict each other validate without a finding', () => {
  fc.assert(
    fc.property(consistentSettings, (options) => {
      expect(findings(options)).toEqual([]);
    }),
    { numRuns: 25 },
  );
}, 300_000);
