import { lines } from '../priced';

test('a hosted zone is 0.50 a month', () => {
  expect(lines('It', { It: { Type: 'AWS::Route53::HostedZone' } })).toEqual({ 'hosted zone': 0.5 });
});
