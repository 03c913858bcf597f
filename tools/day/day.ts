import type { Assembly } from '../pictures/assembly';
import { type DayUse, useOfFunction, useOfService } from './cost';
import { type FunctionDay, replayFunction } from './function';
import { ORDINARY_DAY, type Requests, WORK, type Work } from './load';
import { PolicyReader, type ServicePolicies } from './policies';
import { replayService, type ServiceDay } from './service';

/** The day of one stack. */
export type OptionDay = { readonly stack: string; readonly title: string; readonly use: DayUse } & (
  { readonly kind: 'service'; readonly day: ServiceDay } | { readonly kind: 'function'; readonly day: FunctionDay }
);

export interface Day {
  readonly requests: Requests;
  readonly work: Work;
  readonly options: readonly OptionDay[];
}

const TITLES: Readonly<Record<ServicePolicies['capacity']['kind'], string>> = {
  group: 'ECS on EC2 instances',
  fargate: 'ECS on Fargate',
  managed: 'ECS Managed Instances',
};
const ORDER: readonly string[] = [TITLES.group, TITLES.fargate, TITLES.managed];

/** Replays a day of requests against every ECS service of the templates, and every function with a URL. */
export function replayDay(assembly: Assembly, requests: Requests = ORDINARY_DAY, work: Work = WORK): Day {
  const policies = new PolicyReader(assembly);
  const services = policies.services().map((each): OptionDay => {
    const day = replayService(each, requests, work);
    return { kind: 'service', stack: each.stack, title: TITLES[each.capacity.kind], use: useOfService(day), day };
  });
  const functions = policies.functions().map((each): OptionDay => {
    const day = replayFunction(each, requests, work);
    return { kind: 'function', stack: each.stack, title: 'Lambda function', use: useOfFunction(day), day };
  });
  return {
    requests,
    work,
    options: [...services.toSorted((a, b) => ORDER.indexOf(a.title) - ORDER.indexOf(b.title)), ...functions],
  };
}
