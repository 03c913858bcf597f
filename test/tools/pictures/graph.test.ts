import type { Assembly, Resource } from '../../../tools/pictures/assembly';
import { stackGraph, wholeGraph } from '../../../tools/pictures/graph';
import { isKnown } from '../../../tools/pictures/kinds';
import { wrap } from '../../../tools/pictures/text';

const stack = (
  id: string,
  Resources: Readonly<Record<string, Resource>>,
  Outputs: Readonly<Record<string, { readonly Value: unknown }>> = {},
): Assembly['stacks'][number] => ({
  id,
  stackName: `app-${id}`,
  template: { Description: `The stack ${id}`, Resources, Outputs },
  tree: { id, path: id },
});
const assembly = (...stacks: readonly Assembly['stacks'][number][]): Assembly => ({ stacks });

/** The arrows of a stack as `From -label-> To`, by logical ids. */
const arrows = (of: Assembly, id: string): string[] =>
  stackGraph(of, id).arrows.map(({ from, to, label }) => {
    const name = (key: string): string => key.split('/').at(-1) ?? '';
    return `${name(from)} -${label ?? ''}-> ${name(to)}`;
  });
const titles = (of: Assembly, id: string): string[] => stackGraph(of, id).cards.map(({ title }) => title);

const FUNCTION: Resource = { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 512, Runtime: 'nodejs24.x' } };

test('requests go from users to the load balancer, and by listener and target group to the service', () => {
  const of = assembly(
    stack('App', {
      Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Scheme: 'internet-facing' } },
      Listener: {
        Type: 'AWS::ElasticLoadBalancingV2::Listener',
        Properties: { LoadBalancerArn: { Ref: 'Balancer' }, Protocol: 'HTTP', Port: 80 },
      },
      Rule: {
        Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
        Properties: { ListenerArn: { Ref: 'Listener' }, Actions: [{ TargetGroupArn: { Ref: 'Targets' } }] },
      },
      Targets: { Type: 'AWS::ElasticLoadBalancingV2::TargetGroup' },
      Service: {
        Type: 'AWS::ECS::Service',
        Properties: { DesiredCount: 2, LoadBalancers: [{ TargetGroupArn: { Ref: 'Targets' } }] },
      },
    }),
  );
  expect(arrows(of, 'App')).toEqual(['users --> Balancer', 'Balancer -target group-> Service']);
  expect(stackGraph(of, 'App').cards.map(({ details }) => details)).toEqual([[], ['HTTP, port 80'], ['2 tasks']]);
});

test('an internal load balancer has no users', () => {
  const of = assembly(
    stack('App', {
      Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Scheme: 'internal' } },
    }),
  );
  expect(titles(of, 'App')).toEqual(['Application Load Balancer']);
});

test('events, batches, failed messages and permissions are arrows of a pipeline, each in its direction', () => {
  const of = assembly(
    stack('App', {
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          NotificationConfiguration: { QueueConfigurations: [{ Queue: { 'Fn::GetAtt': ['Queue', 'Arn'] } }] },
        },
      },
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: { RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
      },
      DeadLetters: { Type: 'AWS::SQS::Queue' },
      Source: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: 'Function' } },
      },
      Function: {
        ...FUNCTION,
        Properties: {
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          // A name in an environment variable is no arrow by itself.
          Environment: { Variables: { BUCKET: { Ref: 'Bucket' }, FAILED: { Ref: 'DeadLetters' } } },
        },
      },
      Role: { Type: 'AWS::IAM::Role' },
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          Roles: [{ Ref: 'Role' }],
          PolicyDocument: { Statement: [{ Resource: { 'Fn::Sub': '${Table.Arn}/index/*' } }] },
        },
      },
      Table: { Type: 'AWS::DynamoDB::Table' },
    }),
  );
  expect(arrows(of, 'App')).toEqual([
    'users --> Bucket',
    'Bucket -event-> Queue',
    'Queue -batch-> Function',
    'Queue -failed-> DeadLetters',
    'Function -may use-> Table',
  ]);
});

test('functions that only CloudFormation calls are counted and not drawn, those of a provider too', () => {
  const of = assembly(
    stack('App', {
      Custom: { Type: 'Custom::Thing', Properties: { ServiceToken: { 'Fn::GetAtt': ['Provider', 'Arn'] } } },
      Provider: {
        ...FUNCTION,
        Properties: { Environment: { Variables: { HANDLER: { 'Fn::GetAtt': ['Handler', 'Arn'] } } } },
      },
      Handler: FUNCTION,
      Own: FUNCTION,
      Alarm: { Type: 'AWS::CloudWatch::Alarm' },
    }),
  );
  const graph = stackGraph(of, 'App');
  expect(graph.cards.map(({ id }) => id)).toEqual(['App/Own']);
  expect(graph.counts).toEqual(['1 alarm', '2 functions that CloudFormation calls']);
});

test('a reference into another stack draws what it leads to, and the whole shows it as an arrow', () => {
  const repository = stack(
    'Registry',
    { Repository: { Type: 'AWS::ECR::Repository', Properties: { ImageTagMutability: 'IMMUTABLE' } } },
    { Uri: { Value: { 'Fn::GetAtt': ['Repository', 'RepositoryUri'] } } },
  );
  const service = stack('Fargate', {
    Task: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        Cpu: '256',
        Memory: '512',
        ContainerDefinitions: [{ Image: { 'Fn::GetStackOutput': { StackName: 'app-Registry', OutputName: 'Uri' } } }],
      },
    },
    Service: { Type: 'AWS::ECS::Service', Properties: { TaskDefinition: { Ref: 'Task' } } },
  });
  const of = assembly(repository, service);
  expect(arrows(of, 'Fargate')).toEqual(['Repository -image-> Service']);
  expect(stackGraph(of, 'Fargate').cards.find(({ name }) => name === 'Registry/Repository')?.details).toEqual([
    'immutable tags',
  ]);
  expect(titles(of, 'Registry')).toEqual(['ECR repository']);
  expect(wholeGraph(of).arrows).toEqual([{ from: 'Fargate', to: 'Registry' }]);
});

test('a stack that is not there is named, with those that are', () => {
  expect(() => stackGraph(assembly(stack('App', {})), 'Ap')).toThrow('There is no stack Ap. There are: App.');
});

test('no rule knows a type that nothing was decided of', () => {
  expect(isKnown('AWS::Example::Thing')).toBe(false);
  expect(isKnown('AWS::Lambda::Alias')).toBe(true);
});

test('lines break at spaces, and within a word that is too long at its parts', () => {
  expect(wrap('one two three', 60, 13)).toEqual(['one two', 'three']);
  expect(wrap('Balancer/LoadBalancer', 90, 12)).toEqual(['Balancer/', 'LoadBalancer']);
  expect(wrap('', 60, 13)).toEqual([]);
});

test('subnets stand in their VPC, and in no cluster whose instances they take', () => {
  const of = assembly(
    stack('App', {
      Vpc: { Type: 'AWS::EC2::VPC' },
      Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.0.0/19' } },
      Cluster: { Type: 'AWS::ECS::Cluster' },
      Provider: {
        Type: 'AWS::ECS::CapacityProvider',
        Properties: {
          ClusterName: { Ref: 'Cluster' },
          ManagedInstancesProvider: {
            InstanceLaunchTemplate: { NetworkConfiguration: { Subnets: [{ Ref: 'Subnet' }] } },
          },
        },
      },
    }),
  );
  const { cards } = stackGraph(of, 'App');
  expect(cards.find(({ title }) => title === 'Subnet')?.frame).toBe('App/Vpc');
});
