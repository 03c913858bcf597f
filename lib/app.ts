import { Aspects, type App, type StackProps } from 'aws-cdk-lib';
import { instanceArchitecture, type Config } from './config';
import { CustomResourceLogs } from './constructs/custom-resource-logs';
import { BeanstalkStack } from './stacks/beanstalk-stack';
import { Ec2Stack } from './stacks/ec2-stack';
import { EcsEc2Stack } from './stacks/ecs-ec2-stack';
import { FargateStack } from './stacks/fargate-stack';
import { FrameworksStack } from './stacks/frameworks-stack';
import { LambdaStack } from './stacks/lambda-stack';
import { NetworkStack } from './stacks/network-stack';
import { RegistryStack } from './stacks/registry-stack';

/** Adds every stack to the app. Each deploys alone, with the stacks it refers to. */
export function addStacks(app: App, config: Config): void {
  const stack = (id: string, description: string): StackProps & { config: Config } => ({
    config,
    description,
    stackName: `${config.name}-${id}`,
    terminationProtection: config.preset === 'production',
    // Applied by CloudFormation to every resource that can bear tags: what a cost report groups by.
    tags: { 'compute-options:name': config.name, 'compute-options:stack': id },
  });

  const { vpc } = new NetworkStack(app, 'Network', stack('Network', 'The VPC that instances and tasks run in'));
  new Ec2Stack(app, 'Ec2', { vpc, ...stack('Ec2', 'The service on EC2 instances') });
  if (config.network.zones > 1 || config.beanstalk.type === 'single')
    new BeanstalkStack(app, 'Beanstalk', {
      vpc,
      ...stack('Beanstalk', 'The service on Elastic Beanstalk, with versions to roll back to'),
    });
  const registry = new RegistryStack(
    app,
    'Registry',
    stack('Registry', 'A private ECR repository with the image of the service'),
  );
  // An application load balancer stands in two zones at least.
  if (config.network.zones > 1) {
    new FargateStack(app, 'Fargate', {
      vpc,
      image: registry.image('arm64'),
      ...stack('Fargate', 'The service on ECS over Fargate'),
    });
    new EcsEc2Stack(app, 'EcsEc2', {
      vpc,
      image: registry.image(instanceArchitecture(config.ecs.instanceType)),
      ...stack('EcsEc2', 'The service on ECS over EC2 instances, fewer by night'),
    });
  }
  new LambdaStack(app, 'Lambda', stack('Lambda', 'The service as a Lambda function behind a function URL'));
  new FrameworksStack(app, 'Frameworks', stack('Frameworks', 'The same contract in six web frameworks on Lambda'));

  Aspects.of(app).add(new CustomResourceLogs(config));
}
