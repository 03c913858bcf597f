import { Duration } from 'aws-cdk-lib';
import { flag, integer, list, oneOf, text, type Values } from '../options/kinds';
import type { Rule } from '../options/problems';
import type { ComputeOption } from '../shared/compute-option';
import { INSTANCE_TYPE, instanceArchitecture, startProblem } from '../shared/instance-types';
import {
  accessRules,
  balancedForWebAcl,
  CERTIFICATE,
  hasCertificate,
  TWO_OR_MORE,
  twoZones,
  type InZones,
  type SharedValues,
} from '../shared/options';
import { serviceEnvironment } from '../shared/service-environment';
import { logSettings, publicAccess } from '../shared/settings';
import { Ec2Stack } from './stack';

const rows = {
  'ec2.instanceType': text({
    pattern: INSTANCE_TYPE,
    allowed: 'an EC2 instance type of arm64 (Graviton 2 or newer) or x86-64, such as t4g.micro or t3.micro',
    why: startProblem,
    default: 't4g.micro',
    meaning: 'CPU, memory and network of the instance; the architecture follows from it',
  }),
  'ec2.instances': integer({
    min: 1,
    max: 10,
    default: { sandbox: 1, production: 2 },
    meaning: 'instances at least; more than one are put behind a load balancer',
  }),
  'ec2.maxInstances': {
    ...integer({ min: 1, max: 20, default: 4, meaning: 'instances at most behind a load balancer, as requests come' }),
    derive: ({ ec2 }: { readonly ec2: { readonly instances: number; readonly maxInstances: number } }) =>
      Math.max(ec2.instances, ec2.maxInstances),
  },
  'ec2.requestsPerMinute': integer({
    min: 1,
    max: 100_000,
    default: 600,
    meaning: 'requests a minute that one of several instances answers comfortably; above that one is added',
  }),
  'ec2.plan': oneOf({
    values: ['on-demand', 'spot'],
    default: 'on-demand',
    meaning: 'how the instance is bought; an interrupted Spot instance is replaced',
  }),
  'ec2.spotTypes': list({
    pattern: INSTANCE_TYPE,
    allowed: 'instance types of the architecture of ec2.instanceType, separated by commas',
    why: startProblem,
    fewest: 0,
    default: [],
    meaning: 'further types in which Spot is bought, wherever there is most of it',
  }),
  'ec2.onDemandInstances': integer({
    min: 0,
    max: 9,
    default: { sandbox: 0, production: 1 },
    meaning: 'how many of several instances are always on demand with ec2.plan=spot',
  }),
  'ec2.maxLifetimeDays': integer({
    min: 0,
    max: 365,
    unit: 'days',
    default: { sandbox: 0, production: 30 },
    meaning: 'after how long one of several instances is replaced; 0: never',
  }),
  'ec2.volumeGiB': integer({
    min: 8,
    max: 16_384,
    unit: 'GiB',
    default: 8,
    meaning: 'size of the encrypted root volume',
  }),
  'ec2.volumeType': oneOf({ values: ['gp3', 'io2'], default: 'gp3', meaning: 'type of the root volume' }),
  'ec2.volumeIops': integer({
    min: 3_000,
    max: 16_000,
    unit: 'IOPS',
    default: 3_000,
    meaning: 'provisioned operations a second; 3,000 come with gp3, every one of io2 is billed',
  }),
  'ec2.detailedMonitoring': flag({
    default: { sandbox: false, production: true },
    meaning: 'metrics of the instance each minute instead of every five, billed by the metric',
  }),
};

type Ec2Values = SharedValues & InZones & Values<typeof rows>;

const isLoadBalanced = (values: Ec2Values): boolean => values.ec2.instances > 1 || hasCertificate(values);

/** Largest ratio of provisioned IOPS to size (EBS User Guide, "Amazon EBS volume types"). */
const IOPS_PER_GIB = { gp3: 500, io2: 1_000 } as const;

const rules: readonly Rule<Ec2Values>[] = [
  ...accessRules('ec2'),
  balancedForWebAcl('ec2.instances', isLoadBalanced, 'set ec2.instances to 2 or more'),
  twoZones(['ec2.instances', ...CERTIFICATE], isLoadBalanced),
  {
    about: ['ec2.instances', 'preset'],
    problem: ({ ec2, preset }) =>
      preset === 'production' && ec2.instances === 1 ? `${TWO_OR_MORE}; 2 to 10` : undefined,
  },
  {
    about: ['ec2.maxInstances', 'ec2.instances'],
    problem: ({ ec2: { instances, maxInstances } }) =>
      maxInstances < instances
        ? `the maximum is below the minimum; set ec2.maxInstances to ${instances} or more`
        : undefined,
  },
  {
    about: ['ec2.onDemandInstances', 'ec2.instances', 'ec2.plan'],
    problem: ({ ec2: { plan, instances, onDemandInstances } }) =>
      plan === 'spot' && instances > 1 && onDemandInstances >= instances
        ? 'no instance would be Spot; fewer on demand, or ec2.plan=on-demand'
        : undefined,
  },
  {
    about: ['ec2.spotTypes', 'ec2.instanceType'],
    problem: ({ ec2: { spotTypes, instanceType } }) =>
      spotTypes.some((type) => instanceArchitecture(type) !== instanceArchitecture(instanceType))
        ? 'all must be of one architecture, since all boot one image'
        : undefined,
  },
  {
    about: ['ec2.volumeIops', 'ec2.volumeGiB', 'ec2.volumeType'],
    problem: ({ ec2: { volumeIops, volumeGiB, volumeType } }) =>
      volumeIops > volumeGiB * IOPS_PER_GIB[volumeType]
        ? `that type gives at most ${IOPS_PER_GIB[volumeType]} IOPS a GiB`
        : undefined,
  },
];

export const ec2 = {
  id: 'Ec2',
  description: 'The service on EC2 instances',
  rows,
  rules,
  comparison: {
    title: '[EC2](docs/ec2.md)',
    scales: 'by `ec2.instances`',
    back: 'by CloudFormation, unless the new instance answers `/health`',
    measured: 'server',
  },
  // Instances of a burstable type last at a fifth of their vCPUs; c7g.large lasts at all of them.
  sizes: [
    { name: 'behind a load balancer', options: { 'ec2.instances': 2 } },
    { name: 'c7g.large behind a load balancer', options: { 'ec2.instances': 2, 'ec2.instanceType': 'c7g.large' } },
  ],
  create: (app, props, values, foundation) => {
    const own = values.ec2;
    return new Ec2Stack(app, 'Ec2', {
      ...props,
      vpc: foundation.vpc(),
      access: publicAccess(values, 'ec2'),
      machine: {
        instanceType: own.instanceType,
        volumeGiB: own.volumeGiB,
        volumeType: own.volumeType,
        volumeIops: own.volumeIops,
        detailedMonitoring: own.detailedMonitoring,
      },
      instances: own.instances,
      maxInstances: own.maxInstances,
      requestsPerInstance: own.requestsPerMinute,
      spotTypes: own.spotTypes,
      onDemandInstances: own.onDemandInstances,
      maxLifetime: own.maxLifetimeDays > 0 ? Duration.days(own.maxLifetimeDays) : undefined,
      plan: own.plan,
      loadBalanced: isLoadBalanced(values),
      environment: serviceEnvironment('ec2', values),
      logs: logSettings(values),
      alarmEmail: values.alarms.email,
    });
  },
} satisfies ComputeOption<Ec2Values>;
