import type { Rule } from '../rule';
import { list, objects } from '../template';

/** https://aws.amazon.com/ecs/pricing/: a cluster is free; Container Insights is not. */
export const ecsCluster: Rule = {
  type: 'AWS::ECS::Cluster',
  billed(cluster) {
    const insights = objects(list(cluster, 'ClusterSettings')).find(
      (setting) => setting['Name'] === 'containerInsights',
    );
    const value = insights?.['Value'];
    return value === 'enabled' || value === 'enhanced'
      ? [
          {
            what: `Container Insights (${value})`,
            why: 'it is billed by the metrics and observations of each task; no rate of them is in the price files',
          },
        ]
      : [];
  },
};
