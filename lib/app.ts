import { Aspects, type App, type Stack, type StackProps } from 'aws-cdk-lib';
import { instanceArchitecture, type Config } from './options/config';
import { CustomResourceLogs } from './shared/custom-resource-logs';
import { BeanstalkStack } from './beanstalk/stack';
import { Ec2Stack } from './ec2/stack';
import { EcsEc2Stack } from './ecs/on-ec2/stack';
import { FargateStack } from './ecs/fargate/stack';
import { FrameworksStack } from './frameworks/stack';
import { LambdaStack } from './lambda/stack';
import { NetworkStack } from './network/stack';
import { RegistryStack } from './registry/stack';

/** Adds every stack to the app. Each deploys alone, with the stacks it refers to. */
export function addStacks(app: App, config: Config): void {
  for (const make of Object.values(stacksFor(app, config))) make();
}

/**
 * How each stack is made, by the id that `cdk deploy` is told. Making one makes the stacks that it refers to, and no
 * other: who wants a single template need not wait for all.
 */
export function stacksFor(app: App, config: Config): Readonly<Record<string, () => Stack>> {
  Aspects.of(app).add(new CustomResourceLogs(config));

  const props = (id: string, description: string): StackProps & { config: Config } => ({
    config,
    description,
    stackName: `${config.name}-${id}`,
    terminationProtection: config.preset === 'production',
    // Applied by CloudFormation to every resource that can bear tags: what a cost report groups by.
    tags: { 'compute-options:name': config.name, 'compute-options:stack': id },
  });
  const network = once(
    () => new NetworkStack(app, 'Network', props('Network', 'The VPC that instances and tasks run in')),
  );
  const registry = once(
    () =>
      new RegistryStack(app, 'Registry', props('Registry', 'A private ECR repository with the image of the service')),
  );
  // An application load balancer stands in two zones at least.
  const canBalance = config.network.zones > 1;

  return {
    Network: network,
    Ec2: () => new Ec2Stack(app, 'Ec2', { vpc: network().vpc, ...props('Ec2', 'The service on EC2 instances') }),
    ...((canBalance || config.beanstalk.type === 'single') && {
      Beanstalk: () =>
        new BeanstalkStack(app, 'Beanstalk', {
          vpc: network().vpc,
          ...props('Beanstalk', 'The service on Elastic Beanstalk, with versions to roll back to'),
        }),
    }),
    Registry: registry,
    ...(canBalance && {
      Fargate: () =>
        new FargateStack(app, 'Fargate', {
          vpc: network().vpc,
          image: registry().image('arm64'),
          ...props('Fargate', 'The service on ECS over Fargate'),
        }),
      EcsEc2: () =>
        new EcsEc2Stack(app, 'EcsEc2', {
          vpc: network().vpc,
          image: registry().image(instanceArchitecture(config.ecs.instanceType)),
          ...props('EcsEc2', 'The service on ECS over EC2 instances, fewer by night'),
        }),
    }),
    Lambda: () =>
      new LambdaStack(app, 'Lambda', props('Lambda', 'The service as a Lambda function behind a function URL')),
    Frameworks: () =>
      new FrameworksStack(app, 'Frameworks', props('Frameworks', 'The same contract in six web frameworks on Lambda')),
  };
}

/** What several stacks refer to is made by whichever of them is made first. */
function once<S extends Stack>(make: () => S): () => S {
  let made: S | undefined;
  return () => (made ??= make());
}
