import type { Finding } from './rules';

/** A fault of today's templates that is known, and what it means. An entry that fits no fault fails the test. */
export interface Known {
  readonly rule: string;
  readonly stack: string;
  /** The logical ids of the resources. */
  readonly resource: RegExp;
  /** What happens, for those who would make the change. */
  readonly reason: string;
}

const known = (rule: string, stacks: readonly string[], resource: RegExp, reason: string): Known[] =>
  stacks.map((stack) => ({ rule, stack, resource, reason }));

const ON_ECS = ['Fargate', 'EcsEc2', 'ManagedInstances'];

/** Remove an entry with what mends it. */
export const KNOWN: readonly Known[] = [
  ...known(
    'listener ports',
    ['Beanstalk'],
    /^EnvironmentRedirect/,
    'the deployment fails where the load balancer stays, and CloudFormation goes back: port 80 has a listener already',
  ),
  ...known(
    'shifted weights',
    ON_ECS,
    /^(TrafficRule|Service)/,
    'with a deployment that shifts traffic, after an odd number of deployments all requests go to a target group without tasks: deploy once more before',
  ),
  ...known(
    'taken away',
    ['Beanstalk'],
    /^Environment(Instance|LoadBalancer)SecurityGroup/,
    'the port of the old environment closes before the new one is there',
  ),
  ...known(
    'stale records',
    ['Beanstalk'],
    /./,
    'resolvers keep the name of the old environment for up to half an hour',
  ),
  ...known(
    'provisioned concurrency',
    ['Lambda'],
    /^LiveAliasScalingTarget/,
    'what the schedule has provisioned stays and is billed: remove it with aws lambda delete-provisioned-concurrency-config',
  ),
  ...known(
    'left behind',
    ['Lambda', 'LambdaImage'],
    /^ServiceCurrentVersion/,
    'a deployment that fails after it has published a version leaves that behind, and the next one fails on it',
  ),
  ...known(
    'left behind',
    ['Network', 'Ec2', 'Beanstalk', 'Registry', ...ON_ECS],
    /Logs/,
    'in production, a deployment that fails leaves the logs that it has created',
  ),
];

/** The entry that a fault is known by. */
export const knownBy = (finding: Finding): Known | undefined =>
  KNOWN.find(
    ({ rule, stack, resource }) => rule === finding.rule && stack === finding.stack && resource.test(finding.resource),
  );
