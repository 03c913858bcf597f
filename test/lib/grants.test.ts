import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { STACK_IDS } from '../../lib/app';
import { FrameworksStack } from '../../lib/frameworks/stack';
import { appWith, statements } from '../synthesis';

/** The compute of a stack, as a user of its class grants something to it: the stack itself, or one of several functions. */
const computeOf = (stack: Stack): IGrantable =>
  stack instanceof FrameworksStack ? (stack.functions.get('express') ?? fail('no function')) : asItself(stack);

function asItself(stack: Stack): IGrantable {
  if ('grantPrincipal' in stack) return stack as Stack & IGrantable;
  return fail(`${stack.node.id} is not grantable`);
}

function fail(why: string): never {
  throw new Error(why);
}

/** The template of a stack to whose compute a bucket and a table of another stack are granted. */
function granted(id: string, options: object): Template {
  const app = appWith({ ...options }, id);
  const stack = app.node.findChild(id);
  if (!Stack.isStack(stack)) return fail(`${id} is no stack`);
  const data = new Stack(app, 'Data');
  const compute = computeOf(stack);
  new Bucket(data, 'Bucket').grantReadWrite(compute);
  new TableV2(data, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING } }).grantReadData(compute);
  return Template.fromStack(stack);
}

/** Stacks that run no service. */
const WITHOUT = ['Network', 'Registry'];

test.each([
  ...STACK_IDS.filter((id) => !WITHOUT.includes(id)).map((id): [string, object] => [id, {}]),
  ['Ec2', { 'ec2.instances': 2 }],
  ['Fargate', { 'task.exec': true }],
])('a bucket and a table granted to the compute of %s with %p are rights in its policies', (id, options) => {
  const actions = statements(granted(id, options)).flatMap(({ Action }) => Action);
  expect(actions).toContain('s3:PutObject');
  expect(actions).toContain('dynamodb:GetItem');
});
