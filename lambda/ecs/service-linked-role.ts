import { setTimeout as sleep } from 'node:timers/promises';
import { CreateServiceLinkedRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Answer, Request } from '../custom-resource';
import { SPREAD_MS, type Patiently } from '../patience';

/** What IAM answers where the role is there: it has two names for it, and the SDK may write either with `Exception`. */
const TAKEN = /^(InvalidInput|EntityAlreadyExists)/;

/**
 * Makes sure that ECS has its service-linked role. In an account that never had a cluster, ECS makes the role with the
 * first one and takes it on at once, before IAM has spread it: "Unable to assume the service linked role"
 * (aws-cloudformation/cloudformation-coverage-roadmap#818). The role stays when the stack goes: other clusters use it.
 */
export async function serviceLinkedRole(_request: Request, patiently: Patiently): Promise<Answer> {
  const isNew = await patiently(() =>
    new IAMClient().send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' })).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && TAKEN.test(error.name)) return false;
        throw error;
      },
    ),
  );
  if (isNew) await sleep(SPREAD_MS);
  return { PhysicalResourceId: 'AWSServiceRoleForECS' };
}
