import { OPTIONS } from '../../lib/app';
import type { Option } from '../../lib/options/kinds';
import { PRESETS } from '../variants';
import type { Options } from './change';

/** A set of options from which one at a time is changed. */
export interface Base {
  readonly name: string;
  readonly options: Options;
}

const CERTIFICATE = PRESETS.production['access.certificateArn'];
const ZONE = 'Z0123456789ABCDEFGHIJ';
const WEB_ACL =
  'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/thumbnails/01234567-89ab-cdef-0123-456789abcdef';
/** A VPC that exists already, with its zones and subnets. */
const EXISTING_VPC: Options = {
  'network.vpcId': 'vpc-0123456789abcdef0',
  'network.zoneNames': 'eu-central-1a,eu-central-1b',
  'network.publicSubnetIds': 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  'network.privateSubnetIds': 'subnet-0123456789abcdef2,subnet-0123456789abcdef3',
};

/** Where changes begin: both presets, and a sandbox in which several instances and both versions of a service run. */
export const BASES: readonly Base[] = [
  { name: 'sandbox', options: PRESETS.sandbox },
  {
    name: 'production',
    options: { preset: 'production', 'access.domainName': 'example.com', 'access.hostedZoneId': ZONE },
  },
  {
    name: 'sandbox of several',
    options: {
      preset: 'sandbox',
      'ec2.instances': 2,
      'fargate.deployment': 'blue-green',
      'ecs.deployment': 'blue-green',
      'managedInstances.deployment': 'blue-green',
      'lambda.provisionedConcurrency': 2,
      'lambda.nightProvisionedConcurrency': 0,
    },
  },
];

/** The sets of options between which everything changes at once. */
export const WHOLE: readonly Base[] = [
  ...BASES,
  { name: 'production with a certificate', options: PRESETS.production },
];

/** Options that are no change of a deployed stack, and why. */
export const NO_CHANGE: Readonly<Record<string, string>> = {
  name: 'It names the stacks: with another name they are other stacks, deployed beside these.',
  'beanstalk.bundle': 'It is code: another bundle is another version, as of beanstalk.version.',
  region: 'It says where the stacks are: in another region they are other stacks.',
  protect: 'It protects the stacks themselves, and is in no template.',
  'deploy.accounts': 'It says which accounts a command may change, and is in no template.',
  'sandbox.expireAfterHours': 'npm run deploy makes a time of it, sandbox.expireAt; it is in no template.',
  'sandbox.expireAt':
    'It adds a schedule with its role to each stack, or takes them away: nothing that serves changes.',
  preset: 'It is changed as a whole, between the bases.',
};

/** Texts and lists have no bounds: what is tried of them. */
const EXAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  'access.allowedCidr': ['198.51.100.0/24', '198.51.100.0/24,203.0.113.0/24', '0.0.0.0/0,::/0'],
  'access.certificateArn': [CERTIFICATE, String(CERTIFICATE).replace('01234567', '76543210')],
  'access.domainName': ['example.com'],
  'access.hostedZoneId': [ZONE],
  'access.webAclArn': [WEB_ACL, WEB_ACL.replace('01234567', '76543210')],
  'alarms.email': ['someone@example.com'],
  'schedule.night': ['none', '22:00-06:00 Asia/Seoul'],
  'network.zoneNames': ['eu-central-1a,eu-central-1b', 'eu-central-1b,eu-central-1c'],
  'network.vpcId': ['vpc-0123456789abcdef0'],
  'network.publicSubnetIds': ['subnet-0123456789abcdef0,subnet-0123456789abcdef1'],
  'network.privateSubnetIds': ['subnet-0123456789abcdef2,subnet-0123456789abcdef3'],
  'network.natGateways': [0, 1, 2, 3],
  'network.cidr': ['10.1.0.0/16', '10.0.0.0/20'],
  'ec2.instanceType': ['t4g.small', 'c7g.large', 't3.micro'],
  'ec2.spotTypes': ['t4g.small'],
  'beanstalk.platformArn': [
    'arn:aws:elasticbeanstalk:eu-central-1::platform/Node.js 24 running on 64bit Amazon Linux 2023/6.6.0',
  ],
  'beanstalk.version': ['node-arm64-0123456789ab'],
  'beanstalk.instanceTypes': ['t4g.medium', 't4g.small,t4g.medium', 't3.small'],
  'beanstalk.updateWindow': ['Mon:04:00', 'none'],
  'managedInstances.instanceType': ['m7g.medium', 'c7g.large'],
  'webFunction.earlierRevision': ['00000000-0000-0000-0000-000000000000'],
  'webFunction.rateLimit': [0, 100, 10_000],
};

/** What a value needs beside it. */
const COMPANIONS: Readonly<Record<string, Options>> = {
  'access.domainName': { 'access.hostedZoneId': ZONE },
  'access.hostedZoneId': { 'access.domainName': 'example.com' },
  ...Object.fromEntries(
    ['network.vpcId', 'network.publicSubnetIds', 'network.privateSubnetIds'].map((name) => [name, EXISTING_VPC]),
  ),
  'network.natGateways=3': { 'network.zones': 3 },
  'ec2.spotTypes': { 'ec2.plan': 'spot' },
  'ec2.onDemandInstances': { 'ec2.plan': 'spot' },
  'beanstalk.onDemandBase': { 'beanstalk.plan': 'spot' },
  'ec2.volumeIops=16000': { 'ec2.volumeGiB': 32 },
  'task.memoryMiB=122880': { 'task.cpuUnits': 16_384 },
  'fargate.tasks=100': { 'fargate.maxTasks': 100 },
  'fargate.nightTasks=100': { 'fargate.maxTasks': 100 },
  'managedInstances.tasks=500': { 'managedInstances.maxTasks': 500 },
  'managedInstances.nightTasks=500': { 'managedInstances.maxTasks': 500 },
  'managedInstances.instanceType': { 'task.architecture': 'arm64' },
  'ecs.instances=50': { 'ecs.maxInstances': 50 },
  'ecs.nightInstances=50': { 'ecs.instances': 50, 'ecs.maxInstances': 50 },
  'ecs.maxInstances=2': { 'ecs.instances': 2, 'ecs.nightInstances': 2 },
  'ecs.tasks=500': { 'ecs.maxTasks': 500, 'ecs.maxInstances': 100 },
  'ecs.nightTasks=500': { 'ecs.nightInstances': 50, 'ecs.instances': 50, 'ecs.maxInstances': 50 },
  'ecs.maxTasks=1': { 'ecs.tasks': 1, 'ecs.nightTasks': 1 },
  'ecs.maxTasks=500': { 'ecs.maxInstances': 100 },
  'webFunction.earlierRevision': { 'webFunction.earlierPercent': 50 },
  'webFunction.earlierPercent=100': { 'webFunction.earlierRevision': '00000000-0000-0000-0000-000000000000' },
  'beanstalk.minInstances=100': { 'beanstalk.maxInstances': 100 },
  ...Object.fromEntries(
    [512, 1_024, 2_048, 4_096, 8_192, 16_384].map((cpuUnits) => [
      `task.cpuUnits=${cpuUnits}`,
      { 'task.memoryMiB': cpuUnits * 2 },
    ]),
  ),
};

/** A value of an option, with what it needs beside it. */
export interface Setting {
  readonly name: string;
  readonly options: Options;
}

/** What is tried of an option: every value of an enumeration, the bounds of a number, examples of a text. */
export function settings(name: string): Setting[] {
  const { values, min, max } = (OPTIONS as Readonly<Record<string, Option<unknown>>>)[name] ?? {};
  const tried = EXAMPLES[name] ?? values ?? [min, max].filter((bound) => bound !== undefined);
  return tried.map((value) => {
    const setting = `${name}=${String(value)}`;
    return { name: setting, options: { ...(COMPANIONS[setting] ?? COMPANIONS[name]), [name]: value } };
  });
}
