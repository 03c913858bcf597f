import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeEnvironmentsCommand,
  ElasticBeanstalkClient,
  ListPlatformBranchesCommand,
  paginateListPlatformVersions,
  type PlatformBranchSummary,
  type PlatformSummary,
} from '@aws-sdk/client-elastic-beanstalk';
import { branchOfArn, languageOf } from '../../lib/beanstalk-platforms';
import { property, type Answer, type Request } from './custom-resource';

/**
 * The version of a platform branch that an environment is to run: what it runs already, if somebody else keeps that up to
 * date (managed updates) and it is of this branch; else the newest there is. So that a deployment never takes back an
 * update, nor brings one along where it isn't asked to.
 *
 * Properties: `Branch`; `Environment`, its logical id in this stack; `ManagedUpdates`, true or false.
 *
 * @throws Error where the branch is unknown here or retired, naming those that can be had in its place
 */
export async function platform(request: Request): Promise<Answer> {
  const answer = { PhysicalResourceId: request.LogicalResourceId };
  const beanstalk = new ElasticBeanstalkClient();
  const branch = property(request, 'Branch');
  const running =
    property(request, 'ManagedUpdates') === 'true'
      ? await runningPlatform(beanstalk, request.StackId, property(request, 'Environment'))
      : undefined;
  if (running !== undefined && branchOfArn(running) === branch) {
    console.log(`keeping ${running}, which managed updates look after`);
    return { ...answer, Data: { Arn: running } };
  }
  await checkBranch(beanstalk, branch);
  const arn = await newestOf(beanstalk, branch);
  console.log(`choosing ${arn}, the newest of its branch`);
  return { ...answer, Data: { Arn: arn } };
}

/** The platform of an environment of this stack, or undefined if there is none yet. */
async function runningPlatform(
  beanstalk: ElasticBeanstalkClient,
  stack: string,
  logicalId: string,
): Promise<string | undefined> {
  const command = new DescribeStackResourceCommand({ StackName: stack, LogicalResourceId: logicalId });
  const resource = await new CloudFormationClient().send(command).catch((error: unknown) => {
    // "Resource … does not exist for stack …", while the stack is made.
    if (error instanceof Error && error.name === 'ValidationError') return undefined;
    throw error;
  });
  const name = resource?.StackResourceDetail?.PhysicalResourceId;
  if (!name) return undefined;
  const { Environments = [] } = await beanstalk.send(new DescribeEnvironmentsCommand({ EnvironmentNames: [name] }));
  return Environments.find(({ Status }) => Status !== 'Terminated' && Status !== 'Terminating')?.PlatformArn;
}

async function checkBranch(beanstalk: ElasticBeanstalkClient, branch: string): Promise<void> {
  const branches = await branchesWhere(beanstalk, 'BranchName', '=', branch);
  const state = branches[0]?.LifecycleState?.toLowerCase();
  if (state !== undefined && state !== 'retired') return;
  const language = await branchesWhere(beanstalk, 'BranchName', 'begins_with', languageOf(branch));
  const supported = language.filter(({ LifecycleState }) => LifecycleState?.toLowerCase() === 'supported');
  const others = supported.map(({ BranchName }) => BranchName).join('; ') || 'none';
  throw new Error(
    `The platform branch "${branch}" ${state === undefined ? 'is not to be had in this region' : 'is retired'}. ` +
      `Supported are: ${others}. Put one of them into lib/beanstalk-platforms.ts, or set beanstalk.platformArn.`,
  );
}

async function branchesWhere(
  beanstalk: ElasticBeanstalkClient,
  Attribute: string,
  Operator: string,
  value: string,
): Promise<PlatformBranchSummary[]> {
  const Filters = [{ Attribute, Operator, Values: [value] }];
  const { PlatformBranchSummaryList = [] } = await beanstalk.send(new ListPlatformBranchesCommand({ Filters }));
  return PlatformBranchSummaryList;
}

async function newestOf(beanstalk: ElasticBeanstalkClient, branch: string): Promise<string> {
  const Filters = [
    { Type: 'PlatformBranchName', Operator: '=', Values: [branch] },
    { Type: 'PlatformStatus', Operator: '=', Values: ['Ready'] },
  ];
  const versions: PlatformSummary[] = [];
  for await (const page of paginateListPlatformVersions({ client: beanstalk }, { Filters }))
    versions.push(...(page.PlatformSummaryList ?? []));
  // By number and not by letter: 6.10.0 is newer than 6.9.3.
  const [newest] = versions.sort((one, other) =>
    (other.PlatformVersion ?? '').localeCompare(one.PlatformVersion ?? '', 'en', { numeric: true }),
  );
  if (newest?.PlatformArn === undefined)
    throw new Error(`The platform branch "${branch}" has no version that is ready.`);
  return newest.PlatformArn;
}
