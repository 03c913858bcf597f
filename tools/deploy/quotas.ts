import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { instanceShape } from '../cost/instance-shape';
import { HOURS, idle } from '../cost/load';
import { measuredLoad } from '../cost/measured';
import type { Usage } from '../cost/rule';
import { RULES } from '../cost/rules';
import { number, Template } from '../cost/template';
import type { Where } from './account';
import type { DeployedStack } from './assembly';

/** A quota of an account in a region, and what of a template takes from it. */
interface Quota {
  readonly service: string;
  readonly code: string;
  readonly name: string;
  /** What to do beside asking for more. */
  readonly instead: string;
  /** How much of it a template takes as soon as it stands, whatever the load. */
  needed(template: Template): number;
}

const count =
  (type: string) =>
  (template: Template): number =>
    template.ofType(type).length;
const OTHER_TYPES = 'smaller types or fewer instances, or Fargate, which has a quota of its own';

/** Codes and names: AWS General Reference, the page of each service; `aws service-quotas list-service-quotas` has them. */
const QUOTAS: readonly Quota[] = [
  {
    ...{ service: 'ec2', code: 'L-1216C47A', name: 'vCPUs of Running On-Demand Standard instances' },
    instead: OTHER_TYPES,
    needed: (template) => instanceVcpus(template, ({ spot = 0 }) => 1 - spot),
  },
  {
    ...{ service: 'ec2', code: 'L-34B43A08', name: 'vCPUs of All Standard Spot Instance Requests' },
    instead: 'the plan on-demand',
    needed: (template) => instanceVcpus(template, ({ spot = 0 }) => spot),
  },
  {
    ...{ service: 'fargate', code: 'L-3032A538', name: 'Fargate On-Demand vCPU resource count' },
    instead: 'fewer or smaller tasks, or EcsEc2',
    needed: (template) => fargateVcpus(template, ({ spot = 0 }) => 1 - spot),
  },
  {
    ...{ service: 'fargate', code: 'L-36FBB829', name: 'Fargate Spot vCPU resource count' },
    instead: 'a lower fargate.spotPercent',
    needed: (template) => fargateVcpus(template, ({ spot = 0 }) => spot),
  },
  {
    ...{ service: 'elasticloadbalancing', code: 'L-53DA6B97', name: 'Application Load Balancers per Region' },
    instead: 'Ec2 of one instance, -c beanstalk.type=single, Lambda or WebFunction',
    needed: (template) =>
      template.ofType('AWS::ElasticLoadBalancingV2::LoadBalancer').length +
      template
        .ofType('AWS::ElasticBeanstalk::Environment')
        .filter((environment) => JSON.stringify(environment.properties).includes('"LoadBalanced"')).length,
  },
  {
    ...{ service: 'ec2', code: 'L-0263D0A3', name: 'EC2-VPC Elastic IPs' },
    instead: '-c network.natGateways=1',
    needed: count('AWS::EC2::EIP'),
  },
  {
    ...{ service: 'vpc', code: 'L-F678F1CE', name: 'VPCs per Region' },
    instead: 'a VPC that exists already: network.vpcId',
    needed: count('AWS::EC2::VPC'),
  },
  {
    ...{ service: 'lambda', code: 'L-B99A9384', name: 'Concurrent executions' },
    instead: 'lambda.reservedConcurrency and lambda.provisionedConcurrency at 0',
    needed: concurrency,
  },
];

/** Executions that an account must leave unreserved; new accounts have 10, and then can reserve none. */
const UNRESERVED = 10;

function concurrency(template: Template): number {
  const sum = (type: string, path: string): number =>
    template.ofType(type).reduce((total, each) => total + (number(each, path) ?? 0), 0);
  const kept =
    sum('AWS::Lambda::Function', 'ReservedConcurrentExecutions') +
    sum('AWS::Lambda::Alias', 'ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions');
  if (kept > 0) return kept + UNRESERVED;
  const polled = sum('AWS::Lambda::EventSourceMapping', 'ScalingConfig.MaximumConcurrency');
  return template.ofType('AWS::Lambda::Function').length === 0 ? 0 : Math.max(1, polled);
}

/** What runs by the hour in a template without a request, by the rules that price it; schedules lower none of it. */
function hourly(template: Template): Usage[] {
  const load = idle(measuredLoad(0));
  return template.resources.flatMap((resource) => {
    const rule = RULES.find(({ type }) => type === resource.type);
    return (rule?.billed(resource, { template, load }) ?? []).filter((each): each is Usage => 'quantity' in each);
  });
}

const instanceVcpus = (template: Template, share: (usage: Usage) => number): number =>
  hourly(template).reduce((sum, usage) => {
    const [, type] = /^ec2\.(\w+\.\w+)$/.exec(usage.price) ?? [];
    const vcpus = type === undefined ? undefined : instanceShape(type)?.vcpus;
    return sum + (vcpus ?? 0) * Math.ceil((usage.quantity / HOURS) * share(usage));
  }, 0);

const fargateVcpus = (template: Template, share: (usage: Usage) => number): number =>
  hourly(template)
    .filter(({ price }) => /^fargate\.\w+\.vcpu$/.test(price))
    .reduce((sum, usage) => sum + (usage.quantity / HOURS) * share(usage), 0);

/** What some stacks take of a quota. */
export interface Need {
  readonly quota: Quota;
  readonly needed: number;
  readonly by: readonly string[];
}

/** What the stacks take of each quota, of those that they take something of. */
export function needsOf(stacks: readonly Pick<DeployedStack, 'id' | 'template'>[]): Need[] {
  const templates = stacks.map(({ id, template }) => ({ id, template: new Template(withoutSchedules(template)) }));
  return QUOTAS.flatMap((quota) => {
    const each = templates.map(({ id, template }) => ({ id, needed: quota.needed(template) }));
    const by = each.filter(({ needed }) => needed > 0);
    const needed = by.reduce((sum, one) => sum + one.needed, 0);
    return by.length === 0 ? [] : [{ quota, needed, by: by.map(({ id }) => id) }];
  });
}

/** The template without what changes at night: the day needs more. */
function withoutSchedules({ Resources = {} }: DeployedStack['template']): object {
  const kept = Object.entries(Resources).filter(([, { Type }]) => Type !== 'AWS::AutoScaling::ScheduledAction');
  return {
    Resources: Object.fromEntries(
      kept.map(([id, resource]) => {
        const { ScheduledActions: _night, ...Properties } = { ...resource.Properties };
        return [id, { ...resource, Properties }];
      }),
    ),
  };
}

/** What the account's quotas say of some stacks. */
export interface QuotaFindings {
  /** A quota below what is needed. */
  readonly problems: readonly string[];
  /** A quota that could not be read. */
  readonly remarks: readonly string[];
}

/**
 * Holds what the stacks need against the quotas of the account. What else runs in the account is not counted.
 */
export async function checkQuotas(
  stacks: readonly DeployedStack[],
  where: Where,
  interrupted: AbortSignal,
): Promise<QuotaFindings> {
  const client = new ServiceQuotasClient(where);
  const problems: string[] = [];
  const remarks: string[] = [];
  for (const { quota, needed, by } of needsOf(stacks)) {
    const name = `${quota.name} (quota ${quota.code} of ${quota.service})`;
    try {
      const value = await valueOf(client, quota, interrupted);
      if (value === undefined || value >= needed) continue;
      problems.push(
        `${name} = ${value} in ${where.region}: ${by.join(' and ')} ${by.length === 1 ? 'needs' : 'need'} ${amount(needed)}; raise it (aws service-quotas request-service-quota-increase --service-code ${quota.service} --quota-code ${quota.code} --desired-value ${Math.ceil(needed)} --region ${where.region}), or take ${quota.instead}`,
      );
    } catch (error) {
      interrupted.throwIfAborted();
      remarks.push(
        `${name} could not be read (${inWords(error as Error)}): ${by.join(' and ')} ${by.length === 1 ? 'needs' : 'need'} ${amount(needed)} of it.`,
      );
    }
  }
  return { problems, remarks };
}

/** The kind of an error of the SDK; it has none where the answer is in no protocol of AWS, as of an emulator without the API. */
const inWords = ({ name, $metadata }: Error & { readonly $metadata?: { readonly httpStatusCode?: number } }): string =>
  name.startsWith('Unknown') && $metadata?.httpStatusCode !== undefined ? `HTTP ${$metadata.httpStatusCode}` : name;

const amount = (value: number): string => String(Math.round(value * 100) / 100);

/** The quota as it is applied to the account, or its default where none is. */
async function valueOf(
  client: ServiceQuotasClient,
  { service: ServiceCode, code: QuotaCode }: Quota,
  abortSignal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { Quota } = await client.send(new GetServiceQuotaCommand({ ServiceCode, QuotaCode }), { abortSignal });
    return Quota?.Value;
  } catch (error) {
    if ((error as Error).name !== 'NoSuchResourceException') throw error;
    const { Quota } = await client.send(new GetAWSDefaultServiceQuotaCommand({ ServiceCode, QuotaCode }), {
      abortSignal,
    });
    return Quota?.Value;
  }
}
