import { lines } from '../priced';

test('a secret is 0.40 a month', () => {
  expect(lines('It', { It: { Type: 'AWS::SecretsManager::Secret' } })).toEqual({ secret: 0.4 });
});
