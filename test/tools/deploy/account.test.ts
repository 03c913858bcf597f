import type { Finding } from '../../../tools/change/rules';
import { leftoversOf, describeLeftover } from '../../../tools/deploy/leftovers';
import { plannedChanges } from '../../../tools/deploy/changes';
import { rollbackMs } from '../../../tools/deploy/rollback';
import { standingStacks } from '../../../tools/deploy/standing';
import { isAsDeclared, judge, shiftsOf } from '../../../tools/deploy/weights';
import { assemble } from '../../../tools/assembly';
import { resourcesOf, type Template } from '../../../tools/change/template';
import { AccountServer } from './account-server';

const WHERE = { region: 'eu-central-1' };
const NEVER = new AbortController().signal;

let server: AccountServer;
const environment = { ...process.env };
beforeAll(async () => {
  server = await AccountServer.start();
  Object.assign(process.env, server.environment);
});
afterAll(async () => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) Reflect.deleteProperty(process.env, name);
  await server.stop();
});

describe('a stack whose listener rule shifts the requests', () => {
  const stackOf = (deployment: string) => {
    const stack = assemble({ 'fargate.deployment': deployment }, 'Fargate').find(({ id }) => id === 'Fargate');
    if (stack === undefined) throw new Error('There is no Fargate');
    return {
      ...stack,
      template: stack.template as Template,
      bootstrap: { version: 6, parameter: undefined },
      buildsImages: false,
      isProtected: false,
    };
  };
  const [shifting, rolling] = [stackOf('blue-green'), stackOf('rolling')];
  const ids = (type: string): string[] =>
    resourcesOf(shifting.template).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
  const [blue = '', green = ''] = ids('AWS::ElasticLoadBalancingV2::TargetGroup').sort((one) =>
    one.includes('Blue') ? -1 : 1,
  );
  const RULE = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener-rule/app/it/1/2/3';
  const arn = (id: string): string => `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/${id}/1`;
  const withWeights = (weights: Readonly<Record<string, number>>): void => {
    const rules = ids('AWS::ElasticLoadBalancingV2::ListenerRule').map((id) => [id, RULE] as const);
    const resources = Object.fromEntries([...rules, ...[blue, green].map((id) => [id, arn(id)] as const)]);
    server.account = {
      id: '111122223333',
      stacks: { 'compute-Fargate': { template: shifting.template, resources } },
      weights: { [RULE]: weights },
    };
  };
  const plan = async () => plannedChanges(await standingStacks([shifting], WHERE, NEVER), [rolling], {}, WHERE, NEVER);

  test('may leave the shift while the requests are where the template sends them', async () => {
    withWeights({ [arn(blue)]: 100, [arn(green)]: 0 });
    expect((await plan()).problems).toEqual([]);
  });

  test.each([
    ['all of them', 0, 100],
    ['some of them', 90, 10],
  ])('may not leave it while the second target group gets %s', async (_, first, second) => {
    withWeights({ [arn(blue)]: first, [arn(green)]: second });
    const { problems } = await plan();
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) {
      expect(problem).toContain(`${second} % to ${green}`);
      expect(problem).toContain(`and the template 100 % to ${blue}`);
      expect(problem).toContain('aws ecs update-service --force-new-deployment');
    }
  });

  test('may not leave it where the weights cannot be read', async () => {
    withWeights({});
    const [stack] = await standingStacks([shifting], WHERE, NEVER);
    const fault: Finding = { rule: 'shifted weights', stack: 'Fargate', resource: 'Rule', problem: 'is replaced' };
    expect(stack && judge(fault, stack, [])?.problem).toContain('the weights could not be read');
    expect(stack && (await shiftsOf(stack, WHERE, NEVER)).map(isAsDeclared)).toEqual([false]);
  });

  test('that is as it was is deployed whatever the weights are', async () => {
    withWeights({ [arn(blue)]: 0, [arn(green)]: 100 });
    const same = await plannedChanges(await standingStacks([shifting], WHERE, NEVER), [shifting], {}, WHERE, NEVER);
    expect(same.problems).toEqual([]);
    expect(server.calls).not.toContain('elasticloadbalancing:ModifyRule');
  });
});

test('a change that a rule refuses is refused with the rule', async () => {
  const stackOf = (options: object) => ({
    ...assemble({ ...options }, 'Network')[0],
    bootstrap: { version: 6, parameter: undefined },
    buildsImages: false,
    isProtected: false,
  });
  const before = stackOf({}) as never as Parameters<typeof plannedChanges>[1][number];
  const template = structuredClone(before.template) as { Resources: Record<string, { Properties: object }> };
  const [first, second] = resourcesOf(before.template).flatMap(([id, { Type }]) =>
    Type === 'AWS::EC2::Subnet' ? [id] : [],
  );
  // The subnets change places: each new one overlaps with an old one that is still there.
  const block = (id = ''): unknown => (before.template.Resources?.[id]?.Properties as { CidrBlock: unknown }).CidrBlock;
  for (const [id, other] of [
    [first, second],
    [second, first],
  ])
    Object.assign(template.Resources[id ?? '']?.Properties ?? {}, { CidrBlock: block(other) });
  server.account = { id: '111122223333', stacks: { 'compute-Network': { template: before.template } } };
  const standing = await standingStacks([before], WHERE, NEVER);
  const { problems } = await plannedChanges(
    standing,
    [{ ...before, template: template as Template }],
    {},
    WHERE,
    NEVER,
  );
  expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(/^change of Network, .*\(rule: subnets/)]));
});

test('what is left is found on every page, each with the command that removes it', async () => {
  const arns = [
    'arn:aws:s3:::compute-lambda-pictures',
    'arn:aws:logs:eu-central-1:111122223333:log-group:compute-Lambda-Logs:*',
    'arn:aws:ecr:eu-central-1:111122223333:repository/compute-registry',
    'arn:aws:ec2:eu-central-1:111122223333:elastic-ip/eipalloc-0123',
    'arn:aws:quicksight:eu-central-1:111122223333:dashboard/it',
  ];
  server.account = { id: '111122223333', tagged: [arns.slice(0, 3), arns.slice(3)] };
  const left = await leftoversOf('compute', ['Lambda'], WHERE, NEVER);
  expect(left.map(({ arn }) => arn)).toEqual(arns);
  expect(left.map(({ command }) => command)).toEqual([
    'aws s3 rb s3://compute-lambda-pictures --force --region eu-central-1',
    'aws logs delete-log-group --log-group-name compute-Lambda-Logs --region eu-central-1',
    'aws ecr delete-repository --force --repository-name compute-registry --region eu-central-1',
    'aws ec2 release-address --allocation-id eipalloc-0123 --region eu-central-1',
    undefined,
  ]);
  expect(left.map(describeLeftover).at(-1)).toContain('look at it in the console');
});

test('a rollback is as long as CloudFormation says, and that of an earlier deployment is none', () => {
  const StackId = 'arn:aws:cloudformation:eu-central-1:111122223333:stack/compute-Ec2/1';
  const event = (minute: number, ResourceStatus: string, PhysicalResourceId = StackId) =>
    ({ StackId, PhysicalResourceId, ResourceStatus, Timestamp: new Date(Date.UTC(2026, 10, 26, 12, minute)) }) as never;
  const events = [
    event(9, 'UPDATE_ROLLBACK_COMPLETE'),
    event(8, 'UPDATE_ROLLBACK_COMPLETE', 'another'),
    event(6, 'UPDATE_ROLLBACK_IN_PROGRESS'),
    event(1, 'UPDATE_IN_PROGRESS'),
  ];
  expect(rollbackMs(events, new Date(Date.UTC(2026, 10, 26, 12, 0)))).toBe(180_000);
  expect(rollbackMs(events, new Date(Date.UTC(2026, 10, 26, 12, 10)))).toBeUndefined();
  expect(rollbackMs(events.slice(2), new Date(Date.UTC(2026, 10, 26, 12, 0)))).toBeUndefined();
});
