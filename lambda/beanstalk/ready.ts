import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeEnvironmentsCommand, ElasticBeanstalkClient } from '@aws-sdk/client-elastic-beanstalk';
import { property, type Answer, type Request } from '../custom-resource';
import type { Patiently } from '../patience';

/** In which an environment takes an update, or is on its way out. In all others Elastic Beanstalk refuses one. */
const FREE = ['Ready', 'Terminating', 'Terminated'];

/**
 * Looks whether the environments of an application can be updated, before anything of them is changed. In the weekly
 * window of platform updates, and while a deployment is taken back, Elastic Beanstalk refuses; CloudFormation would find
 * out half-way. Where CloudFormation itself takes a deployment back, nothing is in its way.
 *
 * Properties: `Application`; `Revision`, which changes with the environment.
 *
 * @throws Error where one is being changed, with its name and what is under way
 */
export async function ready(request: Request, patiently: Patiently): Promise<Answer> {
  const answer = { PhysicalResourceId: request.LogicalResourceId };
  if (request.RequestType === 'Update' && (await isTakenBack(request, patiently))) return answer;
  const { Environments = [] } = await patiently(
    () =>
      new ElasticBeanstalkClient().send(
        new DescribeEnvironmentsCommand({ ApplicationName: property(request, 'Application'), IncludeDeleted: false }),
      ),
    // Before the right to look is spread, there seems to be none.
    ({ Environments: found = [] }) => request.RequestType === 'Create' || found.length > 0,
  );
  const busy = Environments.filter(({ Status = '' }) => !FREE.includes(Status));
  if (busy.length === 0) return answer;
  const states = busy.map(({ EnvironmentName, Status }) => `${EnvironmentName} is ${Status}`).join(', ');
  throw new Error(
    `The environment can not be changed now: ${states}. It may be the weekly window of platform updates ` +
      '(beanstalk.updateWindow), or a deployment that is taken back. Nothing was changed. ' +
      'Deploy again when it is Ready: aws elasticbeanstalk describe-environments',
  );
}

async function isTakenBack({ StackId }: Request, patiently: Patiently): Promise<boolean> {
  const { Stacks } = await patiently(() =>
    new CloudFormationClient().send(new DescribeStacksCommand({ StackName: StackId })),
  );
  return Stacks?.[0]?.StackStatus === 'UPDATE_ROLLBACK_IN_PROGRESS';
}
