import { fleetFor, QUOTAS } from '../fleet';
import { fronts, share } from '../fronts';
import { HOURS } from '../load';
import type { Billed, Capacity, Rule, Scene } from '../rule';
import { leastOnMean } from '../schedule';
import { list, number, objects, property, text, type Resource, type Template } from '../template';
import { transferOut } from '../transfer';

/** Ephemeral storage that comes with a task (https://aws.amazon.com/fargate/pricing/). */
const STORAGE_INCLUDED_GIB = 20;

/**
 * Tasks on Fargate: by the second, vCPU and memory each. Tasks on instances cost nothing by themselves: their instances
 * are billed, and on Managed Instances by the rule of the capacity provider.
 */
export const ecsService: Rule = {
  type: 'AWS::ECS::Service',
  billed(service, scene) {
    if (!onFargate(service)) return [];
    const task = taskOf(service, scene.template);
    if (task === undefined) return [{ what: 'tasks', why: 'their task definition is not in this template' }];
    const tasks = capacity(service, scene)?.mean ?? leastTasks(service, scene.template);
    const each = (what: string, of: number, price: string): Billed => ({
      what: `${what}, ${task.cpu} vCPU and ${task.gb} GB a task`,
      quantity: tasks * of * HOURS,
      price: `fargate.${task.architecture}.${price}`,
      spot: spotShare(service, tasks),
      savings: true,
    });
    const more = Math.max(0, task.storageGib - STORAGE_INCLUDED_GIB);
    return [
      each('vCPU of tasks', task.cpu, 'vcpu'),
      each('memory of tasks', task.gb, 'gb'),
      ...(more > 0 ? [{ what: 'storage above 20 GB', quantity: tasks * more * HOURS, price: 'fargate.storage' }] : []),
      ...(isPublic(service)
        ? [{ what: 'public IPv4 address of each task', quantity: tasks * HOURS, price: 'ipv4' }]
        : []),
      ...(fronts(scene.template).includes(service) ? transferOut(scene.template, scene.load) : []),
    ];
  },
  capacity,
};

function capacity(service: Resource, { template, load }: Scene): Capacity | undefined {
  const task = taskOf(service, template);
  if (!onFargate(service) || task === undefined || fronts(template).length === 0) return undefined;
  const target = targetOf(service, template);
  const fleet = fleetFor(share(template, load), {
    vcpus: task.cpu,
    least: leastTasks(service, template),
    scales: target !== undefined,
  });
  const most = target && number(target, 'MaxCapacity');
  return {
    unit: `task of ${task.cpu} vCPU`,
    ...fleet,
    most: most ?? number(service, 'DesiredCount') ?? 1,
    quota: { ...QUOTAS.fargate, needed: fleet.peak * task.cpu },
  };
}

const isPublic = (service: Resource): boolean =>
  text(service, 'NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp') === 'ENABLED';

const strategyOf = (service: Resource): Record<string, unknown>[] => objects(list(service, 'CapacityProviderStrategy'));

const onFargate = (service: Resource): boolean =>
  text(service, 'LaunchType') === 'FARGATE' ||
  strategyOf(service).some(({ CapacityProvider: name }) => name === 'FARGATE' || name === 'FARGATE_SPOT');

function taskOf(service: Resource, template: Template) {
  const definition = template.referredBy(property(service, 'TaskDefinition'), 'AWS::ECS::TaskDefinition');
  if (definition === undefined) return undefined;
  const arm = text(definition, 'RuntimePlatform.CpuArchitecture') === 'ARM64';
  return {
    cpu: (number(definition, 'Cpu') ?? 0) / 1_024,
    gb: (number(definition, 'Memory') ?? 0) / 1_024,
    storageGib: number(definition, 'EphemeralStorage.SizeInGiB') ?? STORAGE_INCLUDED_GIB,
    architecture: arm ? 'arm64' : 'x86',
  };
}

const targetOf = (service: Resource, template: Template): Resource | undefined =>
  template.referringTo(service.id, 'AWS::ApplicationAutoScaling::ScalableTarget')[0];

function leastTasks(service: Resource, template: Template): number {
  const target = targetOf(service, template);
  if (target === undefined) return number(service, 'DesiredCount') ?? 1;
  const least = number(target, 'MinCapacity') ?? 1;
  return leastOnMean(
    objects(list(target, 'ScheduledActions')).flatMap((action) => {
      const at = text(action, 'Schedule');
      return at === undefined ? [] : [{ at, least: number(action, 'ScalableTargetAction.MinCapacity') ?? least }];
    }),
    least,
  );
}

/** Of the tasks beyond each provider's base, those of FARGATE_SPOT by its weight. */
function spotShare(service: Resource, tasks: number): number {
  const strategy = strategyOf(service).map((item) => ({
    spot: item['CapacityProvider'] === 'FARGATE_SPOT',
    base: number(item, 'Base') ?? 0,
    weight: number(item, 'Weight') ?? 0,
  }));
  const weights = strategy.reduce((sum, { weight }) => sum + weight, 0);
  const bases = strategy.reduce((sum, { base }) => sum + base, 0);
  const above = Math.max(0, tasks - bases);
  const spot = strategy
    .filter((item) => item.spot)
    .reduce((sum, { base, weight }) => sum + Math.min(base, tasks) + (weights > 0 ? (above * weight) / weights : 0), 0);
  return tasks > 0 ? Math.min(1, spot / tasks) : 0;
}
