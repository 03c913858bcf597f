import { App, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ApplicationLoadBalancedFargateService } from 'aws-cdk-lib/aws-ecs-patterns';

// A common app of one stack, whose synthesis the bench sets beside that of all of ours.

const stack = new Stack(new App(), 'OneStack');
new ApplicationLoadBalancedFargateService(stack, 'Service', {
  vpc: new Vpc(stack, 'Vpc'),
  taskImageOptions: { image: ContainerImage.fromRegistry('amazon/amazon-ecs-sample') },
});
