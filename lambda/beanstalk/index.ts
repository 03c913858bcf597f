import { setTimeout as sleep } from 'node:timers/promises';
import { handlerOf, type CustomResource } from '../custom-resource';
import { loadBalancer } from './load-balancer';
import type { Wait } from '../patience';
import { platform } from './platform';
import { ready } from './ready';
import { version } from './version';

// What CloudFormation has no resource for: the function behind lib/beanstalk/application.ts. It runs on what
// Lambda's runtime brings along, the AWS SDK included.

const RESOURCES: Readonly<Record<string, CustomResource>> = {
  'Custom::BeanstalkReady': ready,
  'Custom::BeanstalkPlatform': platform,
  'Custom::BeanstalkVersion': version,
  'Custom::BeanstalkLoadBalancer': loadBalancer,
};

export const handlerThatWaits = (wait: Wait): ReturnType<typeof handlerOf> => handlerOf(RESOURCES, wait);

export const handler = handlerThatWaits(sleep);
