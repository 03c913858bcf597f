import fc from 'fast-check';
import { OPTIONS, type OptionName } from '../../lib/app';
import { appWith, problems } from '../synthesis';
import { consistentSettings, settings, VALID } from './any-options';

test('the arbitrary knows every option', () => {
  expect(Object.keys(VALID).sort()).toEqual(Object.keys(OPTIONS).sort());
});

test('options that don’t contradict each other synthesise every stack', () => {
  fc.assert(
    fc.property(consistentSettings, (options) => {
      expect(appWith(options).synth().stacks.length).toBeGreaterThanOrEqual(5);
    }),
    { numRuns: 2 },
  );
});

test('what is refused is refused for a contradiction that names two options, each with its value', () => {
  fc.assert(
    fc.property(settings, (options) => {
      for (const problem of problems(options)) expect(problem).toMatch(/ = .*(and|:) /);
    }),
    { numRuns: 100 },
  );
});

const WRONG: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, '', ' ', 'nonsense value!', -1, 1e9, 0.5, Number.NaN, [], {}, [1], '💥'),
  fc.string({ minLength: 40 }),
);

test('a wrong value is refused by name with what is allowed, whatever else is set', () => {
  const names = fc.constantFrom(...(Object.keys(OPTIONS) as OptionName[]));
  fc.assert(
    fc.property(consistentSettings, names, WRONG, (options, name, wrong) => {
      fc.pre(!OPTIONS[name].schema.safeParse(wrong).success);
      const found = problems({ ...options, [name]: wrong });
      expect(found).toHaveLength(1);
      expect(found[0]).toContain(`${name} = ${JSON.stringify(wrong)}`);
      expect(found[0]).toContain(`allowed is ${OPTIONS[name].allowed}`);
    }),
    { numRuns: 150 },
  );
});

test('an unknown option in any of our namespaces is refused', () => {
  const unknown = fc
    .tuple(
      fc.constantFrom(
        'ec2',
        'lambda',
        'network',
        'ecs',
        'fargate',
        'task',
        'registry',
        'access',
        'service',
        'logs',
        'alarms',
        'beanstalk',
        'frameworks',
      ),
      fc.stringMatching(/^[./:_ -][A-Za-z0-9./:_ -]*$/),
    )
    .map((parts) => parts.join(''))
    .filter((name) => !Object.hasOwn(OPTIONS, name));
  fc.assert(
    fc.property(settings, unknown, (options, name) => {
      expect(problems({ ...options, [name]: 1 })[0]).toContain(`${name} = 1: no such option`);
    }),
    { numRuns: 60 },
  );
});
