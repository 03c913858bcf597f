import { setTimeout as sleep } from 'node:timers/promises';
import { handlerOf } from '../custom-resource';
import { serviceLinkedRole } from './service-linked-role';
import { shift } from './shift';

// What has to hold before CloudFormation goes on with a service of ECS: see lib/ecs/cluster.ts. It runs on what Lambda's
// runtime brings along, the AWS SDK included.

export const handler = handlerOf(
  { 'Custom::EcsServiceLinkedRole': serviceLinkedRole, 'Custom::EcsShift': shift },
  sleep,
);
