import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { FrameworksStack } from '../../lib/frameworks/stack';
import { appWith, statements } from '../synthesis';

/** The compute of each stack, as a user of its class grants something to it. */
const COMPUTE: Readonly<Record<string, (stack: Stack) => IGrantable>> = {
  Ec2: asItself,
  Beanstalk: asItself,
  Fargate: asItself,
  EcsEc2: asItself,
  ManagedInstances: asItself,
  Lambda: asItself,
  Frameworks: (stack) =>
    (stack instanceof FrameworksStack ? stack.functions.get('express') : undefined) ?? fail('no function'),
};

function asItself(stack: Stack): IGrantable {
  if ('grantPrincipal' in stack) return stack as Stack & IGrantable;
  return fail(`${stack.node.id} is not grantable`);
}

function fail(why: string): never {
  throw new Error(why);
}

/** The template of a stack to whose compute a bucket and a table of another stack are granted. */
function granted(id: string, options: Readonly<Record<string, unknown>> = {}): Template {
  const app = appWith(options, id);
  const stack = app.node.findChild(id);
  if (!Stack.isStack(stack)) return fail(`${id} is no stack`);
  const data = new Stack(app, 'Data');
  const compute = (COMPUTE[id] ?? fail(id))(stack);
  new Bucket(data, 'Bucket').grantReadWrite(compute);
  new TableV2(data, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING } }).grantReadData(compute);
  return Template.fromStack(stack);
}

test.each([
  ['Ec2', {}],
  ['Ec2', { 'ec2.instances': 2 }],
  ['Beanstalk', {}],
  ['Fargate', {}],
  ['Fargate', { 'task.exec': true }],
  ['EcsEc2', {}],
  ['ManagedInstances', {}],
  ['Lambda', {}],
  ['Frameworks', {}],
])('a bucket and a table granted to the compute of %s with %p are rights in its policies', (id, options) => {
  const actions = statements(granted(id, options)).flatMap(({ Action }) => Action);
  expect(actions).toContain('s3:PutObject');
  expect(actions).toContain('dynamodb:GetItem');
});
