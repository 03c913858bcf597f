import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import {
  BEANSTALK_PLATFORMS,
  branchOfArn,
  languageOf,
  PLATFORM_ARN,
  PLATFORM_BRANCHES,
} from '../../lambda/beanstalk/platforms';
import { integer, list, oneOf, text, type Values } from '../options/kinds';
import { show, type Rule } from '../options/problems';
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
import { offered } from '../shared/regions';
import { serviceEnvironment } from '../shared/service-environment';
import { dataRemovalPolicy, logSettings, publicAccess } from '../shared/settings';
import type { BeanstalkWindow } from './environment-props';
import {
  architectureOfLabel,
  ownSourceBundle,
  platformOfLabel,
  sourceBundle,
  type SourceBundle,
} from './source-bundle';
import { SourceBundleError } from './source-bundle-check';
import { BeanstalkStack, DEPLOYMENT_NAMES, type BeanstalkDeploymentName } from './stack';

const rows = {
  'beanstalk.platform': oneOf({
    values: BEANSTALK_PLATFORMS,
    default: 'node',
    meaning: 'language of the application: node and docker are the service itself, the others a sample each',
  }),
  'beanstalk.platformArn': text({
    pattern: PLATFORM_ARN,
    allowed: "the ARN of a platform version of Elastic Beanstalk's own",
    default: undefined,
    meaning: 'exact platform version; without it, the newest of the platform branch is chosen at deployment',
  }),
  'beanstalk.bundle': text({
    pattern: /^[^\0]*\.zip$/,
    allowed: 'the path of a zip',
    default: undefined,
    meaning: 'source bundle to deploy in place of the sample; checked before anything is uploaded',
  }),
  'beanstalk.version': text({
    pattern: /^[A-Za-z0-9._-]{1,100}$/,
    allowed: 'the label of an application version, such as node-arm64-0123456789ab',
    default: undefined,
    meaning: 'deploys this earlier version, and uploads nothing: npm run beanstalk -- versions lists them',
  }),
  'beanstalk.keepVersions': integer({
    min: 1,
    max: 1_000,
    default: 20,
    meaning: 'application versions kept for a roll back; an account has 1,000 a region',
  }),
  'beanstalk.type': oneOf({
    values: ['load-balanced', 'single'],
    default: 'load-balanced',
    meaning: 'instances behind an application load balancer, billed by the hour, or one instance with an address',
  }),
  'beanstalk.instanceTypes': list({
    pattern: INSTANCE_TYPE,
    allowed: 'EC2 instance types of one architecture separated by commas, such as t4g.small',
    why: startProblem,
    default: ['t4g.small'],
    meaning: 'types of the instances, on demand the first of them; Java and .NET are built on them and need 2 GiB',
  }),
  'beanstalk.plan': oneOf({
    values: ['on-demand', 'spot'],
    default: 'on-demand',
    meaning: 'how the instances behind the load balancer are bought; spot takes any of beanstalk.instanceTypes',
  }),
  'beanstalk.onDemandBase': integer({
    min: 0,
    max: 100,
    default: { sandbox: 0, production: 1 },
    meaning: 'instances that are on demand all the same where beanstalk.plan is spot',
  }),
  'beanstalk.minInstances': integer({
    min: 1,
    max: 100,
    default: { sandbox: 1, production: 2 },
    meaning: 'instances behind the load balancer, at least',
  }),
  'beanstalk.maxInstances': integer({
    min: 1,
    max: 100,
    default: { sandbox: 2, production: 4 },
    meaning: 'instances behind the load balancer, at most',
  }),
  'beanstalk.scaleOn': oneOf({
    values: ['cpu', 'requests'],
    default: 'cpu',
    meaning: 'what adds and removes instances: their CPU, or the requests a minute of all of them',
  }),
  'beanstalk.deployment': oneOf({
    values: DEPLOYMENT_NAMES,
    default: 'rolling-with-additional-batch',
    meaning: 'how a new version takes over on Elastic Beanstalk; a single instance is all-at-once or immutable',
  }),
  'beanstalk.updateWindow': text({
    pattern: /^((Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):[0-5]\d|none)$/,
    allowed: 'a day and time in UTC, such as Sun:03:00, or none',
    default: 'Sun:03:00',
    meaning: 'when platform updates are installed each week; none: each deployment that changes something brings them',
  }),
};

type BeanstalkValues = SharedValues & InZones & Values<typeof rows>;

const rules: readonly Rule<BeanstalkValues>[] = [
  ...accessRules('beanstalk'),
  offered('beanstalk', 'Elastic Beanstalk is not offered there; choose another region, or instances without it: Ec2'),
  balancedForWebAcl('beanstalk.type', ({ beanstalk: { type } }) => type !== 'single', 'set load-balanced'),
  twoZones(['beanstalk.type'], ({ beanstalk: { type } }) => type !== 'single'),
  {
    about: ['beanstalk.platformArn', 'beanstalk.platform'],
    problem: ({ beanstalk: { platform, platformArn } }) => {
      if (platformArn === undefined) return undefined;
      const [language, expected] = [
        languageOf(branchOfArn(platformArn) ?? ''),
        languageOf(PLATFORM_BRANCHES.branches[platform]),
      ];
      return language === expected
        ? undefined
        : `that is a platform of ${language}, and ${platform} is ${expected}; set both alike`;
    },
  },
  {
    about: ['beanstalk.version', 'beanstalk.platform'],
    problem: ({ beanstalk: { version, platform } }) => {
      const other = platformOfLabel(version ?? '');
      return other === undefined || other === platform ? undefined : `that version is for ${other}; set both alike`;
    },
  },
  {
    about: ['beanstalk.version', 'beanstalk.bundle'],
    problem: ({ beanstalk: { version, bundle } }) =>
      version !== undefined && bundle !== undefined
        ? 'a version from earlier has its bundle; leave one of the two out'
        : undefined,
  },
  {
    about: ['beanstalk.type', 'preset'],
    problem: ({ beanstalk, preset }) =>
      preset === 'production' && beanstalk.type === 'single' ? `${TWO_OR_MORE}; load-balanced` : undefined,
  },
  {
    about: ['beanstalk.minInstances', 'preset'],
    problem: ({ beanstalk: { type, minInstances }, preset }) =>
      preset === 'production' && type !== 'single' && minInstances < 2 ? `${TWO_OR_MORE}; 2 or more` : undefined,
  },
  {
    about: ['beanstalk.maxInstances', 'beanstalk.minInstances'],
    problem: ({ beanstalk: { type, minInstances, maxInstances } }) =>
      type !== 'single' && minInstances > maxInstances
        ? `the maximum is below the minimum; set beanstalk.maxInstances to ${minInstances} or more`
        : undefined,
  },
  {
    about: ['beanstalk.type', ...CERTIFICATE],
    problem: (values) =>
      values.beanstalk.type === 'single' && hasCertificate(values)
        ? 'HTTPS ends at the load balancer; set load-balanced, or leave the certificate out'
        : undefined,
  },
  {
    about: ['beanstalk.deployment', 'beanstalk.type'],
    problem: ({ beanstalk: { type, deployment } }, given) =>
      type === 'single' && given.has('beanstalk.deployment') && !SINGLE_DEPLOYMENTS.includes(deployment)
        ? `a single instance has ${SINGLE_DEPLOYMENTS.join(' and ')}`
        : undefined,
  },
  {
    about: ['beanstalk.plan', 'beanstalk.type'],
    problem: ({ beanstalk: { type, plan } }) =>
      type === 'single' && plan === 'spot'
        ? 'AWS would take the only instance; set load-balanced, or leave beanstalk.plan out'
        : undefined,
  },
  {
    about: ['beanstalk.instanceTypes'],
    problem: ({ beanstalk: { instanceTypes } }) =>
      new Set(instanceTypes.map(instanceArchitecture)).size > 1
        ? 'both arm64 and x86-64; all of one architecture are allowed'
        : undefined,
  },
  {
    about: ['beanstalk.version', 'beanstalk.instanceTypes'],
    problem: ({ beanstalk: { version, instanceTypes } }) => {
      const native = architectureOfLabel(version ?? '');
      const architecture = instanceArchitecture(instanceTypes[0] ?? '');
      return native === undefined || native === architecture
        ? undefined
        : `that version has native code for ${native}, and the instances are ${architecture}; set both alike`;
    },
  },
];

const SINGLE_DEPLOYMENTS: readonly BeanstalkDeploymentName[] = ['all-at-once', 'immutable'];

/**
 * What is deployed: the sample of the platform, or a bundle of the user's own.
 *
 * @throws SourceBundleError where Elastic Beanstalk would refuse the bundle, or stumble over it
 */
function chooseBundle(values: BeanstalkValues): SourceBundle {
  const { bundle, platform, instanceTypes } = values.beanstalk;
  const architecture = instanceArchitecture(instanceTypes[0] ?? '');
  if (bundle === undefined) return sourceBundle(platform, architecture, hasCertificate(values));
  try {
    return ownSourceBundle(bundle, platform, architecture);
  } catch (error) {
    if (!(error instanceof SourceBundleError)) throw error;
    const about = `beanstalk.bundle = ${show(bundle)} and beanstalk.platform = ${platform}`;
    throw new SourceBundleError(error.faults.map((fault) => `${about}: ${fault}`));
  }
}

export const beanstalk = {
  id: 'Beanstalk',
  description: 'The service on Elastic Beanstalk, with versions to roll back to',
  rows,
  rules,
  comparison: {
    title: '[Elastic Beanstalk](docs/beanstalk.md)',
    scales: 'instances, on CPU or requests',
    back: 'any earlier version, by its label',
    measured: 'server',
  },
  sizes: [{ name: 'c7g.large', options: { 'beanstalk.instanceTypes': 'c7g.large' } }],
  create: (app, props, values, foundation) => {
    const { beanstalk: own } = values;
    const isSingle = own.type === 'single';
    const source = own.version === undefined ? chooseBundle(values) : undefined;
    const description = own.bundle === undefined ? `The ${own.platform} sample` : `For ${own.platform}`;
    return new BeanstalkStack(app, 'Beanstalk', {
      ...props,
      vpc: foundation.vpc(),
      access: publicAccess(values, 'beanstalk'),
      platform:
        own.platformArn === undefined ? { branch: PLATFORM_BRANCHES.branches[own.platform] } : { arn: own.platformArn },
      versionLabel: own.version ?? source?.versionLabel ?? '',
      bundle: source && { ...source, description },
      keepVersions: own.keepVersions,
      instanceTypes: own.instanceTypes.map((type) => new InstanceType(type)) as [InstanceType, ...InstanceType[]],
      spot: own.plan === 'spot' ? { onDemandBase: own.onDemandBase } : undefined,
      scaling: isSingle
        ? undefined
        : { minInstances: own.minInstances, maxInstances: own.maxInstances, on: own.scaleOn },
      // A single instance can't take turns with itself.
      deployment: isSingle && !SINGLE_DEPLOYMENTS.includes(own.deployment) ? 'all-at-once' : own.deployment,
      updateWindow: own.updateWindow === 'none' ? undefined : (own.updateWindow as BeanstalkWindow),
      environment: serviceEnvironment('beanstalk', values),
      removalPolicy: dataRemovalPolicy(values),
      logs: logSettings(values),
      alarmEmail: values.alarms.email,
    });
  },
} satisfies ComputeOption<BeanstalkValues>;
