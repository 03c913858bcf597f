import { fleetFor, QUOTAS } from '../fleet';
import { fronts, share } from '../fronts';
import { instanceShape } from '../instance-shape';
import { HOURS } from '../load';
import type { Billed, Capacity, Rule, Scene } from '../rule';
import { list, number, property, text, type Resource } from '../template';

const LAUNCH = 'ManagedInstancesProvider.InstanceLaunchTemplate';
const REQUIREMENTS = `${LAUNCH}.InstanceRequirements`;

/**
 * A capacity provider over an Auto Scaling group costs nothing by itself. On ECS Managed Instances
 * (https://aws.amazon.com/ecs/managed-instances/pricing/) AWS picks the instances: billed are those, and a fee of
 * management beside each. Where the template allows one type it is priced; where it allows many, none is sure.
 */
export const ecsCapacityProvider: Rule = {
  type: 'AWS::ECS::CapacityProvider',
  billed(provider, scene) {
    if (property(provider, 'ManagedInstancesProvider') === undefined) return [];
    const type = instanceType(provider);
    if (type === undefined)
      return [
        {
          what: 'instances of ECS Managed Instances',
          why: 'AWS picks their types by the requirements; allow one type (AllowedInstanceTypes) to have it priced',
        },
      ];
    const hours = (capacity(provider, scene)?.mean ?? 1) * HOURS;
    const spot = text(provider, `${LAUNCH}.CapacityOptionType`) === 'SPOT' ? 1 : 0;
    const storage = number(provider, `${LAUNCH}.StorageConfiguration.StorageSizeGiB`);
    const billed: Billed[] = [
      { what: `instance ${type}`, quantity: hours, price: `ec2.${type}`, spot, savings: true },
      { what: 'fee of management', quantity: hours, price: 'managedInstances.feeShare', of: `ec2.${type}` },
      // 80 GiB unless the template says otherwise (ECS Developer Guide, "Managed Instances storage").
      { what: 'volume gp3', quantity: ((storage ?? 80) * hours) / HOURS, price: 'ebs.gp3' },
    ];
    if (hasPublicAddresses(provider, scene))
      billed.push({ what: 'public IPv4 address', quantity: hours, price: 'ipv4' });
    return billed;
  },
  capacity,
};

/**
 * Whether its instances have the public addresses that their subnets give. Of subnets in another stack, the name of the
 * export says it: it has CDK's name of the subnet in it.
 */
function hasPublicAddresses(provider: Resource, { template }: Scene): boolean {
  const subnets = list(provider, `${LAUNCH}.NetworkConfiguration.Subnets`);
  return subnets.some((subnet) => {
    const own = template.referredBy(subnet, 'AWS::EC2::Subnet');
    return own === undefined
      ? JSON.stringify(subnet).includes('PublicSubnet')
      : property(own, 'MapPublicIpOnLaunch') === true;
  });
}

function instanceType(provider: Resource): string | undefined {
  const allowed = list(provider, `${REQUIREMENTS}.AllowedInstanceTypes`);
  const [only] = allowed;
  return allowed.length === 1 && typeof only === 'string' && !only.includes('*') ? only : undefined;
}

function capacity(provider: Resource, { template, load }: Scene): Capacity | undefined {
  const type = instanceType(provider);
  const shape = instanceShape(type ?? '');
  if (type === undefined || shape === undefined || fronts(template).length === 0) return undefined;
  const fleet = fleetFor(share(template, load), { vcpus: shape.vcpus, least: 1, scales: true });
  return { unit: `instance ${type}`, ...fleet, quota: { ...QUOTAS.instances, needed: fleet.peak * shape.vcpus } };
}
