import { Duration, Validations } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Ec2Action, Ec2InstanceAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import {
  HttpTokens,
  Instance,
  UserData,
  type CloudFormationInit,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { Alarms } from '../shared/alarms';
import { creditsToBootWith } from '../shared/instance-cost';
import { acknowledgeMonitoring, machine, type MachineProps } from './machine';

export interface SingleInstanceProps extends MachineProps {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  /** Installs and starts the service, and fails unless it answers. */
  readonly init: CloudFormationInit;
  /** Longest time from launch to the first healthy answer. */
  readonly readyWithin: Duration;
  readonly alarms: Alarms;
  /** Commands that run before anything is installed. */
  readonly firstCommands: readonly string[];
}

/** One instance on demand. CloudFormation creates the new one before it ends the old one. */
export class SingleInstance extends Instance {
  readonly cpu: Metric;

  constructor(scope: Construct, id: string, props: SingleInstanceProps) {
    const userData = UserData.forLinux();
    // Another type of the same processor would be a stop and a start in place: as other user data, it is another instance.
    userData.addCommands(`# ${props.instanceType}`, ...props.firstCommands);
    super(scope, id, {
      ...machine(props),
      creditSpecification: creditsToBootWith(props.instanceType),
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      httpTokens: HttpTokens.REQUIRED,
      propagateTagsToVolumeOnCreation: true,
      userData,
      init: props.init,
      initOptions: { timeout: props.readyWithin },
      userDataCausesReplacement: true,
    });
    this.node.addDependency(props.role); // it boots with what the role may do
    Validations.of(this).acknowledge(
      {
        id: 'AwsSolutions-EC29',
        reason:
          'Termination protection would keep CloudFormation from replacing the instance; the option protect protects the stack instead.',
      },
      { id: 'CloudFormation-Validate::W3010', reason: 'The zone of its subnet, which network.zoneNames may name.' },
    );
    acknowledgeMonitoring(this, props);
    this.cpu = this.metric('CPUUtilization').with({ period: Duration.minutes(5) });
    this.addAlarms(props);
  }

  private addAlarms({ alarms }: SingleInstanceProps): void {
    alarms
      .add('InstanceHost', {
        metric: this.metric('StatusCheckFailed_System', 'Maximum'),
        threshold: 1,
        evaluationPeriods: 2,
        alarmDescription:
          'The hardware under the instance is impaired. EC2 moves it to other hardware, with its id, volume and address.',
      })
      .addAlarmAction(new Ec2Action(Ec2InstanceAction.RECOVER));
    alarms.add('InstanceStatus', {
      metric: this.metric('StatusCheckFailed_Instance', 'Maximum'),
      threshold: 1,
      evaluationPeriods: 3,
      alarmDescription: 'The instance does not answer: look at its system log, then reboot it or deploy again.',
    });
    alarms.add('InstanceCpu', {
      metric: this.cpu,
      threshold: 80,
      evaluationPeriods: 3,
      alarmDescription:
        'CPU above 80 % for a quarter of an hour: choose a larger ec2.instanceType, or more ec2.instances.',
    });
  }

  private metric(metricName: string, statistic = 'Average'): Metric {
    return new Metric({
      namespace: 'AWS/EC2',
      metricName,
      statistic,
      period: Duration.minutes(1),
      dimensionsMap: { InstanceId: this.instanceId },
    });
  }
}
