import { Size } from 'aws-cdk-lib';
import {
  BareMetal,
  BurstablePerformance,
  CpuManufacturer,
  InstanceGeneration,
  SubnetType,
  type ISecurityGroup,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import {
  CapacityOptionType,
  InstanceMonitoring,
  ManagedInstancesCapacityProvider,
  PropagateManagedInstancesTags,
  type CapacityProviderStrategy,
  type Cluster,
} from 'aws-cdk-lib/aws-ecs';
import { InstanceProfile } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { InfrastructureRole } from './infrastructure-role';
import { ManagedInstanceRole } from './instance-role';

/** Which instances ECS may choose, and how they are bought. */
export interface ManagedInstancesSettings {
  /** The processor that the image is for: `arm64` is Graviton, `x64` is Intel or AMD. */
  readonly architecture: 'arm64' | 'x64';
  /**
   * The one type that ECS may launch.
   * @default - any that meets the requirements below
   */
  readonly instanceType?: string | undefined;
  /** vCPUs of an instance, at least. */
  readonly minVCpus: number;
  /** Memory of an instance, at least, in GiB. */
  readonly minMemoryGiB: number;
  /** Whether T types may be chosen, the cheapest ones, which slow down without CPU credits. */
  readonly burstable: boolean;
  /** Volume of an instance for images, logs and scratch files, in GiB. */
  readonly volumeGiB: number;
  /** Metrics of the instances each minute, billed by the metric. */
  readonly detailedMonitoring: boolean;
  /** Tasks that always run on demand: the first of the service. */
  readonly onDemandTasks: number;
  /** Share of Spot in the tasks above `onDemandTasks`, in percent; 0: there is no Spot. */
  readonly spotPercent: number;
}

export interface ManagedInstancesCapacityProps extends ManagedInstancesSettings {
  readonly vpc: IVpc;
  readonly cluster: Cluster;
  /** Security group of the instances; that of the tasks is another. */
  readonly securityGroup: ISecurityGroup;
}

/** The instances that ECS launches, patches and ends by itself: a capacity provider on demand, and one on Spot. */
export class ManagedInstancesCapacity extends Construct {
  /** Where the tasks of a service run: the first on demand, the others by the share of Spot. */
  readonly strategies: CapacityProviderStrategy[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ManagedInstancesCapacityProps,
  ) {
    super(scope, id);
    const { cluster, vpc, securityGroup, onDemandTasks, spotPercent } = props;
    const { subnets } = vpc.selectSubnets({
      subnetType: vpc.privateSubnets.length === 0 ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS,
    });
    const spot = spotPercent > 0;
    const instanceRole = new ManagedInstanceRole(this, 'InstanceRole', { cluster });
    const profile = new InstanceProfile(this, 'InstanceProfile', { role: instanceRole });
    const infrastructureRole = new InfrastructureRole(this, 'InfrastructureRole', {
      instanceRole,
      subnets,
      securityGroup,
      spot,
    });

    const provide = (providerId: string, capacityOptionType: CapacityOptionType): ManagedInstancesCapacityProvider => {
      const provider = new ManagedInstancesCapacityProvider(this, providerId, {
        infrastructureRole,
        ec2InstanceProfile: profile,
        subnets,
        securityGroups: [securityGroup],
        instanceRequirements: this.requirements(),
        capacityOptionType,
        taskVolumeStorage: Size.gibibytes(props.volumeGiB),
        monitoring: props.detailedMonitoring ? InstanceMonitoring.DETAILED : InstanceMonitoring.BASIC,
        // The tags of the stack, which a cost report groups by, down to the instance.
        propagateTags: PropagateManagedInstancesTags.CAPACITY_PROVIDER,
      });
      cluster.addManagedInstancesCapacityProvider(provider);
      // Until the last instance has ended, ECS needs its role and the agent needs its own: CDK declares neither, so that
      // the policies went first and stacks could not be deleted (aws/aws-cdk#36071).
      provider.node.addDependency(infrastructureRole, instanceRole, cluster);
      return provider;
    };
    const onDemand = provide('OnDemand', CapacityOptionType.ON_DEMAND);
    this.strategies = [
      // The base is on demand, so that Spot's absence never means no service. A weight of 0 would take it away: no task is
      // placed on such a provider (ECS API Reference, "CapacityProviderStrategyItem").
      {
        capacityProvider: onDemand.capacityProviderName,
        base: onDemandTasks,
        weight: Math.max(1, 100 - spotPercent),
      },
      ...(spot
        ? [
            {
              capacityProvider: provide('Spot', CapacityOptionType.SPOT).capacityProviderName,
              weight: spotPercent,
            },
          ]
        : []),
    ];
  }

  /** The least that fits one task: within it, ECS takes what costs least, and larger instances for several tasks. */
  private requirements(): NonNullable<
    ConstructorParameters<typeof ManagedInstancesCapacityProvider>[2]['instanceRequirements']
  > {
    const { architecture, instanceType, minVCpus, minMemoryGiB, burstable } = this.props;
    // A type that is named is to be taken, of whichever generation and credits: what is excluded beside it excludes it.
    if (instanceType !== undefined)
      return {
        vCpuCountMin: minVCpus,
        memoryMin: Size.gibibytes(minMemoryGiB),
        allowedInstanceTypes: [instanceType],
        burstablePerformance: BurstablePerformance.INCLUDED,
      };
    return {
      vCpuCountMin: minVCpus,
      memoryMin: Size.gibibytes(minMemoryGiB),
      cpuManufacturers: architecture === 'arm64' ? [CpuManufacturer.AWS] : [CpuManufacturer.INTEL, CpuManufacturer.AMD],
      instanceGenerations: [InstanceGeneration.CURRENT],
      burstablePerformance: burstable ? BurstablePerformance.INCLUDED : BurstablePerformance.EXCLUDED,
      bareMetal: BareMetal.EXCLUDED,
    };
  }
}
