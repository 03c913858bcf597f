import { cost } from '../priced';

test('flow logs are named as not priced, since a template does not say how many records there are', () => {
  const { gaps, usd } = cost({ It: { Type: 'AWS::EC2::FlowLog' } });
  expect(usd).toBe(0);
  expect(gaps[0]?.why).toContain('their volume goes by the number of connections');
});
