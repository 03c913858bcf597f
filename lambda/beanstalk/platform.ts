import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeEnvironmentsCommand,
  ElasticBeanstalkClient,
  paginateListPlatformBranches,
  paginateListPlatformVersions,
  type PlatformBranchSummary,
  type PlatformSummary,
} from '@aws-sdk/client-elastic-beanstalk';
import { branchOfArn, languageOf } from './platforms';
import { property, type Answer, type Request } from '../custom-resource';
import type { Patiently } from '../patience';

/**
 * The version of a platform branch that an environment is to run: what it runs already, if another process keeps that up to
 * date (managed updates) and it is of this branch; else the newest there is. So that a deployment never takes back an
 * update, nor brings one along where it isn't asked to. Where CloudFormation takes a deployment back: what ran before.
 *
 * Properties: `Branch`; `Environment`, its logical id in this stack; `ManagedUpdates`, true or false; `Revision`, which
 * changes with the environment.
 *
 * @throws Error where the branch is unknown here or retired, naming those that can be chosen in its place
 */
export async function platform(request: Request, patiently: Patiently): Promise<Answer> {
  const before = await platformBefore(request, patiently);
  if (before !== undefined) {
    console.log(`taking back a deployment: ${before} ran before it`);
    return answerWith(request, before);
  }
  const beanstalk = new ElasticBeanstalkClient();
  const branch = property(request, 'Branch');
  const running = await runningPlatform(beanstalk, request, patiently);
  await checkBranch(beanstalk, branch, running, patiently);
  if (running !== undefined && property(request, 'ManagedUpdates') === 'true' && branchOfArn(running) === branch) {
    console.log(`keeping ${running}, which managed updates look after`);
    return answerWith(request, running, running);
  }
  const arn = await newestOf(beanstalk, branch, patiently);
  console.log(`choosing ${arn}, the newest of its branch`);
  return answerWith(request, arn, running);
}

// Enough of a hash to tell an environment before a deployment from the one after it.
const revisionOf = ({ Revision }: Readonly<Record<string, unknown>>): string => String(Revision).slice(0, 12);

/**
 * The physical id notes which version goes with which revision of the environment: the one that is chosen, and the one
 * that ran until then. It is all that CloudFormation hands back when it takes a deployment back, and 1,024 bytes long.
 */
function answerWith(request: Request, arn: string, running?: string): Answer {
  const notes = [`${revisionOf(request.ResourceProperties)}=${arn}`];
  if (request.RequestType === 'Update' && running !== undefined)
    notes.push(`${revisionOf(request.OldResourceProperties)}=${running}`);
  return { PhysicalResourceId: [request.LogicalResourceId, ...notes].join(';'), Data: { Arn: arn } };
}

/** What ran at the revision that CloudFormation goes back to, or undefined if it doesn't go back. */
async function platformBefore(request: Request, patiently: Patiently): Promise<string | undefined> {
  if (request.RequestType !== 'Update') return undefined;
  const start = `${revisionOf(request.ResourceProperties)}=`;
  const note = request.PhysicalResourceId.split(';').find((each) => each.startsWith(start));
  if (note === undefined) return undefined;
  const { Stacks } = await patiently(() =>
    new CloudFormationClient().send(new DescribeStacksCommand({ StackName: request.StackId })),
  );
  return Stacks?.[0]?.StackStatus === 'UPDATE_ROLLBACK_IN_PROGRESS' ? note.slice(start.length) : undefined;
}

/** The platform of the environment of this stack, or undefined if there is none yet. */
async function runningPlatform(
  beanstalk: ElasticBeanstalkClient,
  request: Request,
  patiently: Patiently,
): Promise<string | undefined> {
  const command = new DescribeStackResourceCommand({
    StackName: request.StackId,
    LogicalResourceId: property(request, 'Environment'),
  });
  const resource = await patiently(() => new CloudFormationClient().send(command)).catch((error: unknown) => {
    // "Resource … does not exist for stack …", while the stack is made.
    if (error instanceof Error && error.name === 'ValidationError') return undefined;
    throw error;
  });
  const name = resource?.StackResourceDetail?.PhysicalResourceId;
  if (!name) return undefined;
  const { Environments = [] } = await patiently(
    () => beanstalk.send(new DescribeEnvironmentsCommand({ EnvironmentNames: [name] })),
    ({ Environments: found = [] }) => found.length > 0,
  );
  return Environments.find(({ Status }) => Status !== 'Terminated' && Status !== 'Terminating')?.PlatformArn;
}

/** A retired branch fails the deployment also where it runs: it gets no updates, and that is not to go unnoticed. */
async function checkBranch(
  beanstalk: ElasticBeanstalkClient,
  branch: string,
  running: string | undefined,
  patiently: Patiently,
): Promise<void> {
  const branches = await patiently(() => branchesWhere(beanstalk, 'BranchName', '=', branch), isSome);
  const state = branches[0]?.LifecycleState?.toLowerCase();
  if (state !== undefined && state !== 'retired') return;
  const language = await patiently(
    () => branchesWhere(beanstalk, 'BranchName', 'begins_with', languageOf(branch)),
    isSome,
  );
  const supported = language.filter(({ LifecycleState }) => LifecycleState?.toLowerCase() === 'supported');
  const others = supported.map(({ BranchName = '' }) => BranchName).sort(newestFirst);
  throw new Error(
    `The platform branch "${branch}" ${state === undefined ? 'is not available in this region' : 'is retired'}. ` +
      `Supported in its place: ${others.join('; ') || 'none'}. Declare one of them, or an exact platform version by its ` +
      (running === undefined ? 'ARN (beanstalk.platformArn).' : `ARN; to stay: beanstalk.platformArn=${running}`),
  );
}

const isSome = (list: readonly unknown[]): boolean => list.length > 0;
// By number and not by letter: 6.10.0 is newer than 6.9.3.
const newestFirst = (one: string, other: string): number => other.localeCompare(one, 'en', { numeric: true });

async function branchesWhere(
  beanstalk: ElasticBeanstalkClient,
  Attribute: string,
  Operator: string,
  value: string,
): Promise<PlatformBranchSummary[]> {
  const Filters = [{ Attribute, Operator, Values: [value] }];
  const branches: PlatformBranchSummary[] = [];
  for await (const page of paginateListPlatformBranches({ client: beanstalk }, { Filters }))
    branches.push(...(page.PlatformBranchSummaryList ?? []));
  return branches;
}

async function newestOf(beanstalk: ElasticBeanstalkClient, branch: string, patiently: Patiently): Promise<string> {
  const versions = await patiently(() => versionsOf(beanstalk, branch), isSome);
  const [newest] = versions.sort((one, other) => newestFirst(one.PlatformVersion ?? '', other.PlatformVersion ?? ''));
  if (newest?.PlatformArn === undefined)
    throw new Error(`The platform branch "${branch}" has no version that is ready.`);
  return newest.PlatformArn;
}

async function versionsOf(beanstalk: ElasticBeanstalkClient, branch: string): Promise<PlatformSummary[]> {
  const Filters = [
    { Type: 'PlatformBranchName', Operator: '=', Values: [branch] },
    { Type: 'PlatformStatus', Operator: '=', Values: ['Ready'] },
  ];
  const versions: PlatformSummary[] = [];
  for await (const page of paginateListPlatformVersions({ client: beanstalk }, { Filters }))
    versions.push(...(page.PlatformSummaryList ?? []));
  return versions;
}
