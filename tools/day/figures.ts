import type { OptionDay } from './day';

export const usd = (value: number): string => `$${value.toFixed(2)}`;
const hours = (value: number): string => value.toFixed(1);

/** The hours and the cost of an option, in words. */
export function figures({ kind, use }: OptionDay): string[] {
  const { instanceHours, taskHours, cost } = use;
  return [
    ...(instanceHours > 0 ? [`${hours(instanceHours)} instance-hours`] : []),
    ...(kind === 'service' ? [`${hours(taskHours)} task-hours`] : []),
    usd(cost.compute),
    ...(cost.balancer > 0 ? [`and ${usd(cost.balancer)} for the load balancer`] : []),
  ];
}
