import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { OPTIONS, type OptionName } from '../../lib/app';
import type { Option } from '../../lib/options/kinds';
import { wholeBlock } from '../../lib/options/ipv4-block';
import { PRESETS } from '../../tools/variants';
import { problems } from '../synthesis';

const CIDR = fc
  .tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 }))
  .map(([address, bits]) => wholeBlock(`${address}/${bits}`));

/** A source bundle that any platform takes, for any processor. */
const folder = mkdtempSync(path.join(tmpdir(), 'compute-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));
const BUNDLE = path.join(folder, 'bundle.zip');
writeFileSync(
  BUNDLE,
  zipSync({ Procfile: Buffer.from('web: sh run.sh\n'), 'run.sh': Buffer.from(''), Dockerfile: Buffer.from('') }),
);

/** Values of options that their declaration does not give: texts, lists, and numbers that rarely contradict each other. */
const PARTICULAR: Readonly<Partial<Record<OptionName, fc.Arbitrary<unknown>>>> = {
  name: fc.stringMatching(/^[b-dg-zB-DG-Z][A-Za-z0-9-]{0,30}$/),
  preset: fc.constantFrom('sandbox', 'production'),
  'network.zones': fc.integer({ min: 1, max: 3 }),
  'network.zoneNames': fc.constantFrom('eu-central-1a', ['eu-central-1b', 'eu-central-1c'], 'us-gov-west-1a'),
  'network.natGateways': fc.integer({ min: 0, max: 3 }),
  'network.cidr': fc.constantFrom('10.0.0.0/16', '172.16.0.0/20', '192.168.1.0/24'),
  'network.flowLogs': fc.constantFrom(true, false, 'true', 'false'),
  'network.vpcId': fc.constantFrom('vpc-01234567', 'vpc-0123456789abcdef0'),
  'network.publicSubnetIds': fc.constantFrom('subnet-01234567', [
    'subnet-0000000000000000a',
    'subnet-0000000000000000b',
  ]),
  'network.privateSubnetIds': fc.constantFrom('subnet-0000000000000000c,subnet-0000000000000000d'),
  protect: fc.boolean(),
  'deploy.accounts': fc.constantFrom('111122223333', ['000000000000', '111122223333']),
  'sandbox.expireAfterHours': fc.constantFrom(0, '24', 720),
  'sandbox.expireAt': fc.constantFrom('2026-12-24T18:00:00Z', '2028-02-29T00:00:00Z'),
  region: fc.constantFrom('us-east-1', 'ap-northeast-2', 'eu-central-1'),
  'access.allowedCidr': fc.oneof(
    fc.array(CIDR, { minLength: 1, maxLength: 3 }),
    CIDR,
    fc.constantFrom('0.0.0.0/0,::/0', ['198.51.100.0/24', '2001:db8::/32']),
  ),
  'access.certificateArn': fc.constant(PRESETS.production['access.certificateArn']),
  'access.domainName': fc.constantFrom('example.com', 'thumbnails.example.org'),
  'access.hostedZoneId': fc.constant('Z0123456789ABCDEFGHIJ'),
  'access.webAclArn': fc.constant(
    'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/site/01234567-89ab-cdef-0123-456789abcdef',
  ),
  'access.logs': fc.boolean(),
  'service.maxBodyMiB': fc.integer({ min: 1, max: 64 }),
  'service.maxMegapixels': fc.integer({ min: 1, max: 200 }),
  'logs.retentionDays': fc.constantFrom(1, 7, '30', 3653),
  'alarms.email': fc.constantFrom('ops@example.com', 'a.b+c@sub.example.org'),
  'ec2.instanceType': fc.constantFrom('t4g.micro', 't3.micro', 'm7g.large', 'c7i.2xlarge', 'r8g.medium', 't3a.small'),
  'ec2.instances': fc.integer({ min: 1, max: 10 }),
  'ec2.maxInstances': fc.integer({ min: 10, max: 20 }),
  'ec2.spotTypes': fc.constantFrom('t4g.small', ['t4g.small', 'm7g.medium']),
  'ec2.plan': fc.constantFrom('on-demand', 'spot'),
  'ec2.volumeGiB': fc.integer({ min: 8, max: 16_384 }),
  'ec2.volumeType': fc.constantFrom('gp3', 'io2'),
  'ec2.volumeIops': fc.integer({ min: 3_000, max: 16_000 }),
  'ec2.detailedMonitoring': fc.boolean(),
  'beanstalk.platform': fc.constantFrom('node', 'python', 'java', 'go', 'php', 'ruby', 'dotnet', 'docker'),
  'beanstalk.platformArn': fc.constant(
    'arn:aws:elasticbeanstalk:eu-central-1::platform/Node.js 24 running on 64bit Amazon Linux 2023/6.11.7',
  ),
  'beanstalk.bundle': fc.constant(BUNDLE),
  'beanstalk.version': fc.constantFrom(
    'node-arm64-0123456789ab',
    'node-x64-0123456789ab',
    'python-0123456789ab',
    '1.0.0',
  ),
  'beanstalk.keepVersions': fc.integer({ min: 1, max: 1_000 }),
  'beanstalk.type': fc.constantFrom('load-balanced', 'single'),
  'beanstalk.instanceTypes': fc.constantFrom('t4g.small', 't3.small,t3a.small', ['m7g.large', 'c7g.large']),
  'beanstalk.minInstances': fc.integer({ min: 1, max: 3 }),
  'beanstalk.maxInstances': fc.integer({ min: 3, max: 100 }),
  'beanstalk.scaleOn': fc.constantFrom('cpu', 'requests'),
  'beanstalk.deployment': fc.constantFrom(
    'all-at-once',
    'rolling',
    'rolling-with-additional-batch',
    'immutable',
    'traffic-splitting',
  ),
  'beanstalk.updateWindow': fc.constantFrom('Mon:00:00', 'Sat:23:59', 'none'),
  'registry.build': fc.constantFrom('local', 'codebuild'),
  'registry.keepDays': fc.integer({ min: 90, max: 3_650 }),
  'task.cpuUnits': fc.constantFrom(256, 512, 1_024),
  'task.memoryMiB': fc.constantFrom(512, 1_024, 2_048, 4_096),
  'task.architecture': fc.constantFrom('arm64', 'x64'),
  'task.requestsPerMinute': fc.integer({ min: 1, max: 1_000_000 }),
  'task.exec': fc.boolean(),
  'task.insights': fc.boolean(),
  'fargate.tasks': fc.integer({ min: 1, max: 5 }),
  'fargate.nightTasks': fc.integer({ min: 1, max: 5 }),
  'fargate.maxTasks': fc.integer({ min: 5, max: 100 }),
  'fargate.spotPercent': fc.integer({ min: 0, max: 100 }),
  'fargate.deployment': fc.constantFrom('rolling', 'blue-green', 'linear', 'canary'),
  'schedule.night': fc.constantFrom(
    'none',
    '23:00-07:00 Asia/Seoul',
    '00:30-05:45 America/New_York',
    '21:00-06:00 Etc/UTC',
  ),
  'ecs.instanceType': fc.constantFrom('t4g.small', 't4g.large', 'm7g.xlarge', 't3.medium'),
  'ecs.instances': fc.integer({ min: 1, max: 4 }),
  'ecs.nightInstances': fc.integer({ min: 1, max: 4 }),
  'ecs.maxInstances': fc.integer({ min: 4, max: 10 }),
  'ecs.onDemandInstances': fc.integer({ min: 0, max: 5 }),
  'ecs.spotPercent': fc.integer({ min: 0, max: 100 }),
  'ecs.detailedMonitoring': fc.boolean(),
  'ecs.tasks': fc.integer({ min: 1, max: 6 }),
  'ecs.nightTasks': fc.integer({ min: 1, max: 3 }),
  'ecs.maxTasks': fc.integer({ min: 6, max: 20 }),
  'ecs.deployment': fc.constantFrom('rolling', 'blue-green', 'linear', 'canary'),
  'managedInstances.instanceType': fc.constantFrom('m7g.medium', 't4g.small', 'm7i.large'),
  'managedInstances.burstable': fc.boolean(),
  'managedInstances.volumeGiB': fc.integer({ min: 10, max: 16_384 }),
  'managedInstances.detailedMonitoring': fc.boolean(),
  'managedInstances.tasks': fc.integer({ min: 1, max: 5 }),
  'managedInstances.nightTasks': fc.integer({ min: 1, max: 5 }),
  'managedInstances.maxTasks': fc.integer({ min: 5, max: 100 }),
  'managedInstances.spotPercent': fc.integer({ min: 0, max: 100 }),
  'managedInstances.deployment': fc.constantFrom('rolling', 'blue-green', 'linear', 'canary'),
  'lambda.memoryMiB': fc.integer({ min: 128, max: 10_240 }),
  'lambda.timeoutSeconds': fc.integer({ min: 1, max: 900 }).map(String),
  'lambda.provisionedConcurrency': fc.integer({ min: 0, max: 1_000 }),
  'lambda.ephemeralMiB': fc.integer({ min: 512, max: 10_240 }),
  'lambda.nightProvisionedConcurrency': fc.integer({ min: 0, max: 1_000 }),
  'lambda.keepWarmMinutes': fc.integer({ min: 0, max: 15 }),
  'lambda.pipelineWidths': fc.oneof(
    fc.uniqueArray(fc.integer({ min: 16, max: 2_048 }), { minLength: 1, maxLength: 5 }),
    fc.uniqueArray(fc.integer({ min: 16, max: 2_048 }), { minLength: 1, maxLength: 5 }).map(String),
  ),
  'lambda.pipelineMemoryMiB': fc.integer({ min: 512, max: 10_240 }),
  'lambda.pipelineMaxMiB': fc.integer({ min: 1, max: 100 }),
  'lambda.pipelineConcurrency': fc.integer({ min: 2, max: 1_000 }),
  'lambda.pipelineTimeoutSeconds': fc.integer({ min: 1, max: 900 }),
  'lambda.deployment': fc.constantFrom('all-at-once', 'linear', 'canary'),
  'lambda.reservedConcurrency': fc.integer({ min: 0, max: 10_000 }),
  'lambda.urlAuth': fc.constantFrom('none', 'iam'),
  'webFunction.timeoutSeconds': fc.integer({ min: 3, max: 900 }),
  'webFunction.maxConcurrencyPerEnvironment': fc.integer({ min: 1, max: 128 }),
  'webFunction.maxEnvironments': fc.integer({ min: 2, max: 1_000 }),
  'webFunction.rateLimit': fc.constantFrom(0, 100, '900', 1_000, 2_000, 10_000),
  'webFunction.auth': fc.constantFrom('none', 'iam'),
  'webFunction.earlierRevision': fc.constantFrom('0123456789abcdef', 'rev-1'),
  'webFunction.earlierPercent': fc.integer({ min: 1, max: 100 }),
  'frameworks.memoryMiB': fc.integer({ min: 512, max: 10_240 }),
  'frameworks.snapStart': fc.boolean(),
};

/** What an option's declaration says of its values. */
function declared(name: string, { min, max, values }: Option<unknown>): fc.Arbitrary<unknown> {
  if (values !== undefined) return fc.constantFrom(...values);
  if (min === undefined || max === undefined)
    throw new Error(`Say in test/lib/any-options.ts what a value of ${name} is.`);
  return fc.integer({ min, max });
}

/** A value that each option allows by itself, as text or as what it is. */
export const VALID = Object.fromEntries(
  Object.entries<Option<unknown>>(OPTIONS).map(([name, row]) => [
    name,
    PARTICULAR[name as OptionName] ?? declared(name, row),
  ]),
) as Readonly<Record<OptionName, fc.Arbitrary<unknown>>>;

/** Some of the options, each with a value that it allows. */
export const settings = fc.record(VALID, { requiredKeys: [] }) as fc.Arbitrary<Record<string, unknown>>;

/** What contradicts another option is left out, until nothing does: of so many, hardly any draw is without. */
function withoutContradictions(options: Record<string, unknown>): Record<string, unknown> {
  const found = problems(options);
  const kept = Object.entries(options).filter(([name]) => !found.some((problem) => problem.includes(`${name} = `)));
  return found.length === 0 ? options : withoutContradictions(Object.fromEntries(kept));
}

/** Some of the options, none of which contradicts another; where it is production, with what that needs. */
export const consistentSettings = settings.map((options) =>
  withoutContradictions(options['preset'] === 'production' ? { ...options, ...PRESETS.production } : options),
);
