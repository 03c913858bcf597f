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
    'shifted weights',
    ON_ECS,
    /^(TrafficRule|Service)/,
    'with a deployment that shifts traffic, after an odd number of deployments all requests go to a target group without tasks: deploy once more before',
  ),
  ...known(
    'left behind',
    ['Ec2', 'Beanstalk', ...ON_ECS],
    /AccessLogs/,
    'in production, a deployment that fails leaves the bucket of access logs, which has an object in it by then',
  ),
  ...known(
    'taken away',
    ['Beanstalk'],
    /^EnvironmentLoadBalancerSecurityGroup/,
    'from HTTPS back to HTTP, port 443 closes before the environment has its listener on port 80',
  ),
];

/** The entry that a fault is known by. */
export const knownBy = (finding: Finding): Known | undefined =>
  KNOWN.find(
    ({ rule, stack, resource }) => rule === finding.rule && stack === finding.stack && resource.test(finding.resource),
  );
