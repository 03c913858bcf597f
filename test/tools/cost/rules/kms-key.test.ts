import { lines } from '../priced';

test('a key is 1.00 a month', () => {
  expect(lines('It', { It: { Type: 'AWS::KMS::Key' } })).toEqual({ key: 1 });
});
