import { STACK_IDS } from '../../../lib/app';
import { Expiry } from '../../../lib/shared/expiry';
import { change, deployed } from '../../../tools/change/change';
import { verdicts } from '../../../tools/change/verdict';
import { PRESETS } from '../../../tools/variants';
import { appWith, errorsOf, problems, resources, statements, template } from '../../synthesis';
import { snapshotOf, type CloudFormationTemplate } from '../../template';

const AT = '2026-12-24T18:00:00Z';
const withExpiry = { 'sandbox.expireAt': AT };

const properties = (stackId: string, type: string, id: RegExp): Record<string, unknown> => {
  const { Resources } = template(stackId, withExpiry).toJSON() as CloudFormationTemplate;
  const [, found] = Object.entries(Resources).find(([name, { Type }]) => Type === type && id.test(name)) ?? [];
  return found?.Properties ?? {};
};

test('a stack without a time has no schedule, and is what it was', () => {
  expect(resources(template('Network'), 'AWS::Scheduler::Schedule')).toEqual([]);
  expect(template('Network', { 'sandbox.expireAfterHours': 48 }).toJSON()).toEqual(template('Network').toJSON());
});

test('a stack with a time deletes itself from then on, each hour until it is gone', () => {
  expect(properties('WebFunction', 'AWS::Scheduler::Schedule', /^Expiry/)).toMatchObject({
    StartDate: '2026-12-24T18:00:00.000Z',
    ScheduleExpression: 'rate(1 hour)',
    State: 'ENABLED',
    Target: {
      Arn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:::aws-sdk:cloudformation:deleteStack']] },
      Input: { 'Fn::Join': ['', ['{"StackName":"', { Ref: 'AWS::StackId' }, '"}']] },
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 1_800 },
    },
  });
});

test('its role may delete that very stack and nothing else, for schedules of this account alone', () => {
  expect(properties('WebFunction', 'AWS::IAM::Role', /^Expiry/)).toMatchObject({
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    },
  });
  const ofExpiry = statements(template('Network', withExpiry)).filter(({ Action }) =>
    JSON.stringify(Action).includes('cloudformation'),
  );
  expect(ofExpiry).toEqual([
    { Effect: 'Allow', Action: 'cloudformation:DeleteStack', Resource: { Ref: 'AWS::StackId' } },
  ]);
  expect(JSON.stringify(template('Network', withExpiry).toJSON())).not.toContain('iam:PassRole');
});

test('what others are deployed on goes an hour after them', () => {
  const start = (stackId: string): unknown => properties(stackId, 'AWS::Scheduler::Schedule', /^Expiry/)['StartDate'];
  expect(['Network', 'Registry', 'Fargate', 'Lambda'].map(start)).toEqual([
    '2026-12-24T19:00:00.000Z',
    '2026-12-24T19:00:00.000Z',
    '2026-12-24T18:00:00.000Z',
    '2026-12-24T18:00:00.000Z',
  ]);
});

test('a VPC that exists already gets no schedule', () => {
  const { Resources } = template('Network', {
    ...withExpiry,
    'network.vpcId': 'vpc-0123456789abcdef0',
    'network.zoneNames': 'eu-central-1a,eu-central-1b',
    'network.publicSubnetIds': 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  }).toJSON() as Partial<CloudFormationTemplate>;
  expect(Resources).toBeUndefined();
});

test('it comes, moves and goes without a change of anything else', () => {
  const [none, first, later] = [{}, withExpiry, { 'sandbox.expireAt': '2026-12-26T18:00:00Z' }].map((options) =>
    deployed(options, 'Fargate'),
  ) as [ReturnType<typeof deployed>, ReturnType<typeof deployed>, ReturnType<typeof deployed>];
  for (const verdict of [...verdicts(change(none, first)), ...verdicts(change(first, none))]) {
    expect(verdict).toMatchObject({ effect: 'none', faults: [], refusals: [] });
    expect(verdict.update.changes.map(({ id }) => id.slice(0, 6))).toEqual(['Expiry', 'Expiry', 'Expiry']);
  }
  for (const { update } of verdicts(change(first, later)))
    expect(update.changes.map(({ action, type }) => `${action} ${type}`)).toEqual(['update AWS::Scheduler::Schedule']);
});

test('never in production, and not in a protected stack, which could not be deleted', () => {
  for (const stackId of ['Network', 'Lambda'])
    expect(errorsOf(stackId, { ...PRESETS.production, ...withExpiry })).toEqual([
      expect.stringContaining('a production stack never deletes itself; leave sandbox.expireAt out'),
    ]);
  expect(problems({ ...PRESETS.production, 'sandbox.expireAfterHours': 24 })).toEqual([
    expect.stringContaining('a production stack never deletes itself; leave sandbox.expireAfterHours out'),
  ]);
  expect(problems({ ...withExpiry, protect: true })).toEqual([
    expect.stringContaining('CloudFormation refuses to delete a protected stack'),
  ]);
});

test.each(['2026-02-31T00:00:00Z', '2026-12-24', '2026-12-24T18:00:00+09:00', 'tomorrow'])(
  '%s is no time at which a stack deletes itself',
  (time) => {
    expect(problems({ 'sandbox.expireAt': time })).toEqual([
      expect.stringMatching(/^sandbox\.expireAt = ".*": .*allowed is a time in UTC, such as/),
    ]);
  },
);

test('every stack can have a time, and none of them has a remark for it', () => {
  const app = appWith(withExpiry);
  const expiries = app.node.findAll().filter((each) => each instanceof Expiry);
  expect(expiries.map(({ node }) => node.scope?.node.id)).toEqual(STACK_IDS);
  const said = expiries.flatMap((each) => each.node.findAll()).flatMap(({ node }) => node.metadata);
  expect(said.filter(({ type }) => /^aws:cdk:(info|warning|error)$/.test(type))).toEqual([]);
});

test('the resources that delete a stack', () => {
  const { Resources } = template('Network', withExpiry).toJSON() as CloudFormationTemplate;
  const own = Object.fromEntries(Object.entries(Resources).filter(([id]) => id.startsWith('Expiry')));
  expect(snapshotOf({ Resources: own })).toMatchSnapshot();
});
