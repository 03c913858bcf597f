import { ConfigurationError } from '../../lib/options/problems';
import { contextFrom, fail, readCommandLine, UsageError } from '../../tools/command-line';

const given = process.argv;
afterEach(() => {
  process.argv = given;
  process.exitCode = undefined;
  jest.restoreAllMocks();
});

const read = (...args: string[]) => {
  process.argv = ['node', 'command', ...args];
  return readCommandLine('Does something.', { options: { write: { type: 'boolean' } } });
};

test('options of the app are taken as the CDK CLI takes them, values with equals signs too', () => {
  expect(contextFrom(['ec2.plan=spot', 'name=a=b', 'alarms.email='])).toEqual({
    'ec2.plan': 'spot',
    name: 'a=b',
    'alarms.email': '',
  });
});

test.each(['foo', '=spot', ''])('%j sets no option, and is refused with how one is set', (setting) => {
  expect(() => contextFrom([setting])).toThrow(ConfigurationError);
  expect(() => contextFrom([setting])).toThrow(`${setting}: an option is set as option=value`);
});

test('what a command does not know is refused by name, with how it is used, and ends with 2', () => {
  jest.spyOn(console, 'error').mockImplementation();
  expect(read('--write').values).toEqual({ write: true });
  for (const wrong of ['--wirte', 'more']) {
    expect(() => read(wrong)).toThrow(UsageError);
    expect(() => read(wrong)).toThrow(new RegExp(`'${wrong}'.*\\n\\nDoes something\\.$`, 's'));
  }
  fail(new UsageError('No.', 'Does something.'));
  expect(process.exitCode).toBe(2);
  expect(console.error).toHaveBeenCalledWith('\nNo.\n\nDoes something.\n');
});

test('what goes wrong otherwise ends with 1', () => {
  jest.spyOn(console, 'error').mockImplementation();
  fail(new Error('No.'));
  expect(process.exitCode).toBe(1);
});

test.each(['--help', '-h'])('%s prints how it is used and ends with 0, whatever else is given', (help) => {
  const log = jest.spyOn(console, 'log').mockImplementation();
  const exit = jest.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('ended');
  });
  expect(() => read('--wirte', help)).toThrow('ended');
  expect(log).toHaveBeenCalledWith('Does something.');
  expect(exit).toHaveBeenCalledWith(0);
});
