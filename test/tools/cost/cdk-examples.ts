import { App, Stack } from 'aws-cdk-lib';
import { LambdaIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { AmazonLinuxCpuType, InstanceType, MachineImage, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerImage, Ec2Service, Ec2TaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { ApplicationLoadBalancedFargateService } from 'aws-cdk-lib/aws-ecs-patterns';
import { CfnApplication, CfnEnvironment } from 'aws-cdk-lib/aws-elasticbeanstalk';
import { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Code, Function as Fn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Template } from '../../../tools/cost/template';
import { CDK_CONTEXT } from '../../../tools/cdk-json';

/**
 * For each of our options what github.com/aws-samples/aws-cdk-examples deploys of the same kind, with that example's
 * own settings and CDK's defaults where it sets none (read in November 2026, commit bccff1d). Written anew here, from
 * the resources that its templates have.
 */
export const EXAMPLES: Readonly<Record<string, { readonly path: string; readonly add: (stack: Stack) => void }>> = {
  Ec2: {
    path: 'typescript/application-load-balancer',
    add(stack) {
      const vpc = new Vpc(stack, 'Vpc');
      const group = new AutoScalingGroup(stack, 'Group', {
        vpc,
        instanceType: new InstanceType('t4g.micro'),
        machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
      });
      const balancer = new ApplicationLoadBalancer(stack, 'Balancer', { vpc, internetFacing: true });
      balancer.addListener('Http', { port: 80 }).addTargets('Group', { port: 80, targets: [group] });
      group.scaleOnRequestCount('Requests', { targetRequestsPerMinute: 60 });
    },
  },
  Beanstalk: {
    path: 'typescript/elasticbeanstalk/elasticbeanstalk-environment',
    add(stack) {
      const application = new CfnApplication(stack, 'Application');
      new CfnEnvironment(stack, 'Environment', {
        applicationName: application.ref,
        solutionStackName: '64bit Amazon Linux 2023 v6.1.0 running Node.js 20',
        optionSettings: [
          { namespace: 'aws:elasticbeanstalk:environment', optionName: 'EnvironmentType', value: 'SingleInstance' },
        ],
      });
    },
  },
  Fargate: {
    path: 'typescript/ecs/fargate-application-load-balanced-service',
    add(stack) {
      new ApplicationLoadBalancedFargateService(stack, 'Service', {
        cluster: new Cluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2 }) }),
        taskImageOptions: { image: ContainerImage.fromRegistry('amazon/amazon-ecs-sample') },
      });
    },
  },
  EcsEc2: {
    path: 'typescript/ecs/ecs-service-with-advanced-alb-config',
    add(stack) {
      const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2 });
      const cluster = new Cluster(stack, 'Cluster', { vpc });
      cluster.addCapacity('Group', { instanceType: new InstanceType('t3.micro') });
      const taskDefinition = new Ec2TaskDefinition(stack, 'Task');
      taskDefinition
        .addContainer('web', {
          image: ContainerImage.fromRegistry('amazon/amazon-ecs-sample'),
          memoryLimitMiB: 256,
        })
        .addPortMappings({ containerPort: 80, hostPort: 8080 });
      const service = new Ec2Service(stack, 'Service', { cluster, taskDefinition });
      const balancer = new ApplicationLoadBalancer(stack, 'Balancer', { vpc, internetFacing: true });
      balancer.addListener('Http', { port: 80 }).addTargets('Tasks', { port: 8080, targets: [service] });
    },
  },
  Lambda: {
    path: 'typescript/api-cors-lambda-crud-dynamodb',
    add(stack) {
      const table = new Table(stack, 'Table', { partitionKey: { name: 'itemId', type: AttributeType.STRING } });
      const api = new RestApi(stack, 'Api');
      const items = api.root.addResource('items');
      const one = items.addResource('{id}');
      for (const [resource, method] of [
        [items, 'GET'],
        [items, 'POST'],
        [one, 'GET'],
        [one, 'PATCH'],
        [one, 'DELETE'],
      ] as const) {
        const handler = new Fn(stack, `${method}${resource === one ? 'One' : 'All'}`, {
          runtime: Runtime.NODEJS_LATEST,
          handler: 'index.handler',
          code: Code.fromInline('exports.handler = async () => ({ statusCode: 200 })'),
        });
        table.grantReadWriteData(handler);
        resource.addMethod(method, new LambdaIntegration(handler));
      }
    },
  },
};

/** The template of one of them. */
export function exampleTemplate(option: string): Template {
  const app = new App({
    analyticsReporting: false,
    treeMetadata: false,
    // What CDK's validation thinks of them is no subject here.
    builtinCloudFormationValidation: false,
    context: { ...CDK_CONTEXT, '@aws-cdk/core:annotationsInValidationReport': false },
  });
  const stack = new Stack(app, 'Example');
  EXAMPLES[option]?.add(stack);
  return new Template(app.synth().getStackByName('Example').template as object);
}
