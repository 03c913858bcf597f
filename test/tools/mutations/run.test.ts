import { MUTATIONS, type Mutation } from '../../../tools/mutations/list';
import { judge, problemsOf, requirePassing, type FileResult } from '../../../tools/mutations/run';

// The run itself is a run of Jest, minutes long: npm run mutations.

const mutation: Mutation = {
  name: 'an open port',
  file: 'lib/network/stack.ts',
  find: 'natGateways',
  replacement: '',
  tests: ['network'],
};
const result = (name: string, ...messages: string[]): FileResult => ({
  mutation: name,
  tests: messages.map((message) => ({ fullName: 'a promise', status: 'failed', failureMessages: [message] })),
});
const caughtBy = (...messages: string[]) => judge([mutation], [result('an open port', ...messages)])[0]?.caughtBy;

test('every mutation can be made: its text is once in its file', () => {
  expect(problemsOf(MUTATIONS)).toEqual([]);
});

test('a text that is not there, or more than once, is a problem with its name', () => {
  expect(problemsOf([{ ...mutation, find: 'no such text' }])).toEqual([
    'an open port: lib/network/stack.ts has this text 0 times, and it must be there once: no such text',
  ]);
  expect(problemsOf([mutation])).toEqual([expect.stringContaining('an open port: lib/network/stack.ts has this text')]);
});

test('two mutations of one name are a problem', () => {
  const found = { ...mutation, find: 'restrictDefaultSecurityGroup: true' };
  expect(problemsOf([found, found])).toEqual(['an open port: two mutations have this name']);
});

test('an assertion counts, with snapshots beside it or without', () => {
  expect(caughtBy('expect(received).toBe(expected)')).toBe('assertion');
  expect(caughtBy('expect(received).toMatchSnapshot()', 'expect(received).toBe(expected)')).toBe('assertion');
});

test('what a snapshot alone finds is distinguished, and what nothing finds', () => {
  expect(caughtBy('expect(received).toMatchSnapshot()')).toBe('snapshot');
  expect(caughtBy()).toBe('none');
});

test('tests that could not begin are an error, and so are tests that did not run', () => {
  const broken = { ...result('an open port'), error: 'SyntaxError' };
  expect(judge([mutation], [broken])).toEqual([{ mutation, caughtBy: 'error', failures: ['SyntaxError'] }]);
  expect(judge([mutation], [])[0]?.caughtBy).toBe('error');
});

test('tests that fail without any change say nothing of the changes', () => {
  expect(() => requirePassing([result('no change', 'expect(received).toBe(expected)')])).toThrow(
    'Tests fail without any change:\na promise',
  );
});
