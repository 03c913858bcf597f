import { cost } from '../priced';

const cluster = (value: string) => ({
  It: { Type: 'AWS::ECS::Cluster', Properties: { ClusterSettings: [{ Name: 'containerInsights', Value: value }] } },
});

test('a cluster is free, and Container Insights are named as not priced', () => {
  expect(cost(cluster('disabled')).free.get('AWS::ECS::Cluster')).toBe(1);
  expect(cost(cluster('enhanced')).gaps[0]?.why).toContain('Container Insights (enhanced)');
});
