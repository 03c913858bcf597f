import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import type { Template } from '../change/template';
import type { Where } from './account';
import type { DeployedStack } from './assembly';

/** A stack as it stands in the account. */
export interface StandingStack {
  readonly id: string;
  readonly stackName: string;
  readonly status: string;
  readonly isProtected: boolean;
  readonly template: Template;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Which of the stacks stand in the account, and as what; a stack whose creation failed has nothing that stands. */
export async function standingStacks(
  stacks: readonly Pick<DeployedStack, 'id' | 'stackName'>[],
  where: Where,
  interrupted: AbortSignal,
): Promise<StandingStack[]> {
  const client = new CloudFormationClient(where);
  const found = await Promise.all(stacks.map((stack) => describe(client, stack, interrupted)));
  return found.filter((stack) => stack !== undefined);
}

async function describe(
  client: CloudFormationClient,
  { id, stackName }: Pick<DeployedStack, 'id' | 'stackName'>,
  abortSignal: AbortSignal,
): Promise<StandingStack | undefined> {
  const described = await client
    .send(new DescribeStacksCommand({ StackName: stackName }), { abortSignal })
    .catch((error: unknown) => {
      abortSignal.throwIfAborted();
      if ((error as Error).message.includes('does not exist')) return undefined;
      throw error;
    });
  const [stack] = described?.Stacks ?? [];
  if (stack === undefined || stack.StackStatus === 'DELETE_COMPLETE' || stack.StackStatus === 'REVIEW_IN_PROGRESS')
    return undefined;
  const { TemplateBody = '{}' } = await client.send(new GetTemplateCommand({ StackName: stackName }), { abortSignal });
  return {
    id,
    stackName,
    status: stack.StackStatus ?? '',
    isProtected: stack.EnableTerminationProtection === true,
    template: templateFrom(TemplateBody),
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
  };
}

/** The CLI uploads JSON; a template that a person has uploaded may be YAML. */
function templateFrom(text: string): Template {
  return (text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text)) as Template;
}

/** The physical id of each resource of a stack. */
export async function physicalIds(
  stackName: string,
  where: Where,
  abortSignal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { StackResources = [] } = await new CloudFormationClient(where).send(
    new DescribeStackResourcesCommand({ StackName: stackName }),
    { abortSignal },
  );
  return new Map(
    StackResources.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]),
  );
}

/** What keeps a stack from being deployed as it stands: something is under way, or has got stuck. */
export function statusProblem({ stackName, status }: StandingStack): string | undefined {
  const now = `stack ${stackName} = ${status}`;
  if (status === 'DELETE_FAILED')
    return `${now}: it can be deleted only; run npm run destroy again, or aws cloudformation describe-stack-events --stack-name ${stackName} for why it failed`;
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return `${now}: it can be deployed once its rollback has ended; run aws cloudformation continue-update-rollback --stack-name ${stackName}`;
  if (status.endsWith('_IN_PROGRESS'))
    return `${now}: another deployment is under way; wait for it with aws cloudformation describe-stacks --stack-name ${stackName}`;
  return undefined;
}
