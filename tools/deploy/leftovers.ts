import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import type { Where } from './account';

/** Something of a stack that is there after the stack. */
export interface Leftover {
  readonly arn: string;
  /** What it is, such as `s3` or `ec2 elastic-ip`. */
  readonly kind: string;
  /** The command that removes it; undefined where there is none that is right for every such resource. */
  readonly command: string | undefined;
}

/** What bears the tags of these stacks; the tags are those that lib/app.ts gives a stack. */
export async function leftoversOf(
  name: string,
  ids: readonly string[],
  where: Where,
  interrupted: AbortSignal,
): Promise<Leftover[]> {
  const found: Leftover[] = [];
  const pages = paginateGetResources(
    { client: new ResourceGroupsTaggingAPIClient(where) },
    {
      TagFilters: [
        { Key: 'compute-options:name', Values: [name] },
        { Key: 'compute-options:stack', Values: [...ids] },
      ],
    },
    { abortSignal: interrupted },
  );
  for await (const { ResourceTagMappingList = [] } of pages) {
    interrupted.throwIfAborted();
    found.push(...ResourceTagMappingList.map(({ ResourceARN = '' }) => leftover(ResourceARN, where)));
  }
  return found;
}

/** By service and kind of resource: the command that removes one, given its name or id. */
const COMMANDS: Readonly<Record<string, (id: string, arn: string) => string>> = {
  s3: (id) => `aws s3 rb s3://${id} --force`,
  'logs log-group': (id) => `aws logs delete-log-group --log-group-name ${id.replace(/:\*$/, '')}`,
  'ecr repository': (id) => `aws ecr delete-repository --force --repository-name ${id}`,
  'lambda function': (id) => `aws lambda delete-function --function-name ${id}`,
  'ec2 elastic-ip': (id) => `aws ec2 release-address --allocation-id ${id}`,
  'ec2 instance': (id) => `aws ec2 terminate-instances --instance-ids ${id}`,
  'ec2 volume': (id) => `aws ec2 delete-volume --volume-id ${id}`,
  'ec2 snapshot': (id) => `aws ec2 delete-snapshot --snapshot-id ${id}`,
  'ec2 natgateway': (id) => `aws ec2 delete-nat-gateway --nat-gateway-id ${id}`,
  'ec2 network-interface': (id) => `aws ec2 delete-network-interface --network-interface-id ${id}`,
  'ec2 security-group': (id) => `aws ec2 delete-security-group --group-id ${id}`,
  'ec2 subnet': (id) => `aws ec2 delete-subnet --subnet-id ${id}`,
  'ec2 vpc': (id) => `aws ec2 delete-vpc --vpc-id ${id}`,
  'elasticloadbalancing loadbalancer': (_, arn) => `aws elbv2 delete-load-balancer --load-balancer-arn ${arn}`,
  'elasticloadbalancing targetgroup': (_, arn) => `aws elbv2 delete-target-group --target-group-arn ${arn}`,
  'ecs cluster': (id) => `aws ecs delete-cluster --cluster ${id}`,
  'dynamodb table': (id) => `aws dynamodb delete-table --table-name ${id}`,
  'cloudwatch alarm': (id) => `aws cloudwatch delete-alarms --alarm-names ${id}`,
  'cloudformation stack': (_, arn) => `aws cloudformation delete-stack --stack-name ${arn}`,
  sqs: (id) =>
    `aws sqs delete-queue --queue-url $(aws sqs get-queue-url --queue-name ${id} --query QueueUrl --output text)`,
  sns: (_, arn) => `aws sns delete-topic --topic-arn ${arn}`,
};

function leftover(arn: string, { region }: Where): Leftover {
  const [, , service = '', , , ...rest] = arn.split(':');
  const resource = rest.join(':');
  const [, type, id] = /^([a-z-]+)[/:](.+)$/.exec(resource) ?? [];
  const isNamed = service === 's3' || service === 'sqs' || service === 'sns';
  const kind = isNamed || type === undefined ? service : `${service} ${type}`;
  const command = COMMANDS[kind]?.(isNamed ? resource : (id ?? resource), arn);
  return { arn, kind, command: command && `${command} --region ${region}` };
}

/** A leftover, and the command that removes it. */
export const describeLeftover = ({ arn, command }: Leftover): string =>
  `  ${arn}\n    ${command ?? 'look at it in the console: no one command is right for every resource of its kind'}`;
