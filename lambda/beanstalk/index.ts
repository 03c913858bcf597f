import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation, type CustomResource } from '../custom-resource';
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

export const handlerThatWaits =
  (wait: Wait) =>
  async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const { ResourceType } = event;
    await answerCloudFormation(
      event,
      RESOURCES[ResourceType] ?? (() => Promise.reject(new Error(`${ResourceType} is no resource of this function.`))),
      wait,
    );
  };

export const handler = handlerThatWaits(sleep);
