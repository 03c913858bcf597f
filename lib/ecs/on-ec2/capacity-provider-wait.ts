import { Stack } from 'aws-cdk-lib';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';

/** Seconds between two looks, and how many there are: two minutes. */
const PAUSE = 5;
const LOOKS = 24;

/**
 * Commands of the user data, after which the ECS agent starts: they wait until the cluster has a capacity provider. An
 * instance that joins before may not be of the capacity provider, and get no tasks (ECS Developer Guide, "Amazon ECS
 * capacity providers for EC2 workloads"). Only the first instances of a cluster can be so early; for all others, the wait
 * is one question. After two minutes the agent starts all the same.
 */
export function awaitCapacityProvider(cluster: ICluster): readonly string[] {
  const { region, urlSuffix } = Stack.of(cluster);
  return [
    `ask_ecs() {
  local metadata=http://169.254.169.254/latest path=meta-data/iam/security-credentials token keys
  token=$(curl -sf --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $metadata/api/token)
  read_metadata() { curl -sf --max-time 5 -H "X-aws-ec2-metadata-token: $token" "$metadata/$1"; }
  keys=$(read_metadata "$path/$(read_metadata "$path/")")
  key() { sed -n "s/.*\\"$1\\" *: *\\"\\([^\\"]*\\)\\".*/\\1/p" <<<"$keys"; }
  curl -sf --max-time 10 --aws-sigv4 aws:amz:${region}:ecs -K - -H "X-Amz-Security-Token: $(key Token)" \\
    -H 'Content-Type: application/x-amz-json-1.1' -H "X-Amz-Target: AmazonEC2ContainerServiceV20141113.$1" -d "$2" \\
    https://ecs.${region}.${urlSuffix}/ <<<"user = \\"$(key AccessKeyId):$(key SecretAccessKey)\\""
}`,
    `for look in $(seq ${LOOKS}); do
  ask_ecs DescribeClusters '{"clusters":["${cluster.clusterName}"]}' | grep -q '"capacityProviders" *: *\\["' && break
  sleep ${PAUSE}
done`,
  ];
}
