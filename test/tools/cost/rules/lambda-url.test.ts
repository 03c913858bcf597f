import { lines, SEOUL } from '../priced';

test('a function URL is free but for what goes out of it', () => {
  const resources = { It: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: 'elsewhere' } } };
  // a million x 20 kB = 20 GB x 0.09 = 1.80; in Seoul x 0.126 = 2.52
  expect(lines('It', resources, { requests: 1e6 })).toEqual({ 'answers to the internet': 1.8 });
  expect(lines('It', resources, { requests: 1e6 }, { book: SEOUL })).toEqual({ 'answers to the internet': 2.52 });
});
