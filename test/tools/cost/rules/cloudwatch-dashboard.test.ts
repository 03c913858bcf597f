import { lines } from '../priced';

test('a dashboard is 3.00 a month, and three are free in the free tier', () => {
  const dashboard = { Type: 'AWS::CloudWatch::Dashboard' };
  expect(lines('It', { It: dashboard })).toEqual({ dashboard: 3 });
  const four = { A: dashboard, B: dashboard, C: dashboard, It: dashboard };
  expect(lines('C', four, {}, { freeTier: true })).toEqual({ dashboard: 0 });
  expect(lines('It', four, {}, { freeTier: true })).toEqual({ dashboard: 3 });
});
