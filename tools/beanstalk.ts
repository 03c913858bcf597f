import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  type ApplicationVersionDescription,
  DescribeApplicationVersionsCommand,
  DescribeEnvironmentsCommand,
  DescribeEventsCommand,
  ElasticBeanstalkClient,
  type EnvironmentDescription,
  UpdateEnvironmentCommand,
} from '@aws-sdk/client-elastic-beanstalk';
import { closest } from 'fastest-levenshtein';
import { architectureOfLabel, platformOfLabel } from '../lib/beanstalk/source-bundle';
import { readConfig } from '../lib/app';
import { CDK_CONTEXT } from './cdk-json';
import { noSuch, silenceNodeWarning } from './command-line';
import { terminalTable } from './table';

/** The option `name` as `cdk deploy` has it by default. */
const defaultName = (): string => readConfig(CDK_CONTEXT).values.name;

const HELP = `Looks after the versions of the service on Elastic Beanstalk, in the account and region of your credentials.

npm run beanstalk -- versions             lists the versions of the application, newest first
npm run beanstalk -- rollback             deploys the version that was made before the one that runs, of the same
                                          platform and processor: which may not be the one that ran before
npm run beanstalk -- rollback <label>     deploys this one

  --yes            doesn't ask first
  --name <name>    the option name that the stack was deployed with, if it isn't the one in cdk.json
  --help           prints this`;

const COMMANDS = ['versions', 'rollback'] as const;

/** What a person sees and says; tests stand in for them. */
export interface Terminal {
  print(line: string): void;
  /** Asks, and gives the answer; undefined where there is no terminal. */
  ask(question: string): Promise<string | undefined>;
  /** Milliseconds between two looks at a deployment. */
  readonly pollMs: number;
}

interface Deployed {
  readonly beanstalk: ElasticBeanstalkClient;
  readonly environment: EnvironmentDescription & { readonly EnvironmentName: string; readonly VersionLabel: string };
  /** Newest first. */
  readonly versions: readonly (ApplicationVersionDescription & { readonly VersionLabel: string })[];
  /** What CloudFormation believes to run. */
  readonly declared: string;
  readonly region: string;
}

const made = (version: ApplicationVersionDescription): number => Number(version.DateCreated ?? 0);
const date = (version: ApplicationVersionDescription): string =>
  version.DateCreated?.toISOString().slice(0, 16).replace('T', ' ') ?? '';

async function outputsOf(stackName: string): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient();
  const { Stacks = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stackName }))
    .catch(async (error: unknown) => {
      if (!(error instanceof Error && error.name === 'ValidationError')) throw error;
      throw new Error(
        `There is no stack ${stackName} in ${await client.config.region()}. ` +
          `Deploy it with npx cdk deploy Beanstalk, or set --name or AWS_REGION to where it is.`,
      );
    });
  return Object.fromEntries(
    (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

async function environmentOf(beanstalk: ElasticBeanstalkClient, name: string): Promise<Deployed['environment']> {
  const { Environments = [] } = await beanstalk.send(new DescribeEnvironmentsCommand({ EnvironmentNames: [name] }));
  const environment = Environments.find(({ Status }) => Status !== 'Terminated');
  if (environment === undefined) throw new Error(`There is no environment ${name} any more.`);
  return { ...environment, EnvironmentName: name, VersionLabel: environment.VersionLabel ?? '' };
}

/** What is deployed under an option `name`, as Elastic Beanstalk and CloudFormation tell it. */
async function deployed(name: string): Promise<Deployed> {
  const stackName = `${name}-Beanstalk`;
  const { EnvironmentName, ApplicationName, VersionLabel } = await outputsOf(stackName);
  if (!EnvironmentName || !ApplicationName)
    throw new Error(`The stack ${stackName} has no environment: its deployment has not ended well.`);
  const beanstalk = new ElasticBeanstalkClient();
  const { ApplicationVersions = [] } = await beanstalk.send(
    new DescribeApplicationVersionsCommand({ ApplicationName }),
  );
  return {
    beanstalk,
    environment: await environmentOf(beanstalk, EnvironmentName),
    versions: ApplicationVersions.map((version) => ({ ...version, VersionLabel: version.VersionLabel ?? '' })).sort(
      (one, other) => made(other) - made(one),
    ),
    declared: VersionLabel ?? '',
    region: await beanstalk.config.region(),
  };
}

function listVersions({ environment, versions, declared, region }: Deployed, terminal: Terminal): number {
  const rows = versions.map((version) => [
    version.VersionLabel,
    date(version),
    version.Description ?? '',
    [
      ...(version.VersionLabel === environment.VersionLabel ? ['runs'] : []),
      ...(version.VersionLabel === declared ? ['in CloudFormation'] : []),
    ].join(', '),
  ]);
  terminal.print(
    `${environment.EnvironmentName} in ${region}: ${environment.Status ?? ''}, ${environment.HealthStatus ?? ''}\n`,
  );
  terminal.print(terminalTable(['version', 'made (UTC)', 'what', ''], rows));
  return 0;
}

/** Whether instances that run one version can run another, as far as their labels tell. */
function runAlike(one: string, other: string): boolean {
  const [from, to] = [architectureOfLabel(one), architectureOfLabel(other)];
  return platformOfLabel(one) === platformOfLabel(other) && (from === undefined || to === undefined || from === to);
}

/** The version that a rollback without a label goes to: the newest that was made before the one that runs. */
function previous({ environment, versions }: Deployed): string {
  const running = versions.find(({ VersionLabel }) => VersionLabel === environment.VersionLabel);
  const earlier = versions.find(
    (version) =>
      made(version) < made(running ?? { DateCreated: new Date() }) &&
      runAlike(version.VersionLabel, environment.VersionLabel),
  );
  if (earlier === undefined)
    throw new Error(`There is no version before ${environment.VersionLabel}. npm run beanstalk -- versions lists all.`);
  return earlier.VersionLabel;
}

function checkRollback({ environment, versions }: Deployed, label: string): void {
  const { EnvironmentName, Status } = environment;
  const labels = versions.map(({ VersionLabel }) => VersionLabel);
  if (!labels.includes(label)) {
    const meant = labels.length > 0 ? `; did you mean ${closest(label, labels)}?` : '';
    throw new Error(`There is no version ${label}${meant} There are, newest first: ${labels.join(', ') || 'none'}.`);
  }
  const [from, to] = [platformOfLabel(environment.VersionLabel), platformOfLabel(label)];
  if (from !== undefined && to !== undefined && from !== to)
    throw new Error(
      `${label} is for ${to}, and ${EnvironmentName} is a platform for ${from}. ` +
        `Deploy both: npx cdk deploy Beanstalk -c beanstalk.platform=${to} -c beanstalk.version=${label}`,
    );
  if (!runAlike(environment.VersionLabel, label)) {
    const [was, is] = [architectureOfLabel(environment.VersionLabel), architectureOfLabel(label)];
    throw new Error(
      `${label} has native code for ${is ?? ''}, and the instances of ${EnvironmentName} are ${was ?? ''}. Deploy both, ` +
        `such as: npx cdk deploy Beanstalk -c beanstalk.instanceTypes=${is === 'arm64' ? 't4g.small' : 't3.small'} ` +
        `-c beanstalk.version=${label}`,
    );
  }
  if (Status !== 'Ready')
    throw new Error(
      `${EnvironmentName} is ${Status ?? 'in no state'}: it takes a version when it is Ready. Wait until then, or call off ` +
        `what is under way: aws elasticbeanstalk abort-environment-update --environment-name ${EnvironmentName}`,
    );
}

/** Watches a deployment to its end, telling what happens on the way. */
async function watch(
  { beanstalk, environment }: Deployed,
  since: Date,
  terminal: Terminal,
): Promise<Deployed['environment']> {
  const { EnvironmentName } = environment;
  const told = new Set<string>();
  for (;;) {
    const now = await environmentOf(beanstalk, EnvironmentName);
    const { Events = [] } = await beanstalk.send(new DescribeEventsCommand({ EnvironmentName, StartTime: since }));
    for (const { EventDate, Severity = '', Message = '' } of Events.reverse()) {
      const line = `${EventDate?.toISOString().slice(11, 19) ?? ''}  ${Severity.padEnd(5)}  ${Message}`;
      if (!told.has(line)) terminal.print(line);
      told.add(line);
    }
    if (now.Status === 'Ready') return now;
    await sleep(terminal.pollMs);
  }
}

async function rollBack(
  state: Deployed,
  chosen: string | undefined,
  yes: boolean,
  terminal: Terminal,
): Promise<number> {
  const { beanstalk, environment, declared, region } = state;
  const { EnvironmentName, VersionLabel: from } = environment;
  const to = chosen ?? previous(state);
  checkRollback(state, to);
  if (to === from) {
    terminal.print(`${EnvironmentName} in ${region} runs ${to} already.`);
    return 0;
  }
  terminal.print(`${EnvironmentName} in ${region}: from ${from} to ${to}`);
  if (!yes) {
    const answer = await terminal.ask('Deploy it? [y/N] ');
    if (answer === undefined) throw new Error('There is no terminal to ask on: --yes deploys without asking.');
    if (!/^y(es)?$/i.test(answer.trim())) {
      terminal.print('Nothing was changed.');
      return 1;
    }
  }
  const began = new Date();
  await beanstalk.send(new UpdateEnvironmentCommand({ EnvironmentName, VersionLabel: to }));
  const after = await watch(state, began, terminal);
  if (after.VersionLabel !== to) {
    terminal.print(`\nIt failed: ${EnvironmentName} runs ${after.VersionLabel}.`);
    return 1;
  }
  terminal.print(`\n${EnvironmentName} runs ${to}, health ${after.HealthStatus ?? 'unknown'}.`);
  if (declared !== to)
    terminal.print(
      `CloudFormation still says ${declared}. Before the next deployment brings that back, tell it:\n` +
        `  npx cdk deploy Beanstalk -c beanstalk.version=${to}`,
    );
  return 0;
}

/**
 * @param args what stands behind `npm run beanstalk --`
 * @returns the exit code: 0 done, 1 refused or failed, 2 not understood
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let command: ReturnType<typeof parse>;
  try {
    command = parse(args);
  } catch (error) {
    terminal.print(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (command.values.help) {
    terminal.print(HELP);
    return 0;
  }
  const [verb, label] = command.positionals;
  const misunderstood = notUnderstood(command.positionals);
  if (misunderstood !== undefined) {
    terminal.print(`${misunderstood}\n\n${HELP}`);
    return 2;
  }
  try {
    const state = await deployed(command.values.name ?? defaultName());
    return verb === 'versions'
      ? listVersions(state, terminal)
      : await rollBack(state, label, command.values.yes, terminal);
  } catch (error) {
    terminal.print(inWords(error));
    return 1;
  }
}

/** Why these are no command with its arguments, or undefined if they are. */
function notUnderstood([verb, ...args]: readonly string[]): string | undefined {
  if (verb === undefined) return 'A command is missing.';
  if (!COMMANDS.some((command) => command === verb)) return noSuch('command', verb, COMMANDS, 3);
  const allowed = verb === 'rollback' ? 1 : 0;
  if (args.length <= allowed) return undefined;
  const given = args.map((each) => `"${each}"`).join(' ');
  return `${verb} takes ${allowed === 0 ? 'no argument' : 'one label at most'}, and was given ${given}.`;
}

/** What AWS and its SDK say is for people too; where they only say what is missing, what to do about it. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message } = error;
  if (message === 'Region is missing')
    return 'No AWS region is set: set AWS_REGION to the one of the stack, or AWS_PROFILE to a profile that has it.';
  if (name === 'CredentialsProviderError' || name.startsWith('ExpiredToken'))
    return (
      `There are no valid AWS credentials (${message.replace(/\.$/, '')}). Set AWS_PROFILE to a profile that has some; ` +
      `one of IAM Identity Center is signed in to with: aws sso login`
    );
  return message;
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      yes: { type: 'boolean', default: false },
      name: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });

async function askHere(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await prompt.question(question);
  } finally {
    prompt.close();
  }
}

if (require.main === module) {
  silenceNodeWarning();
  const terminal = { print: (line: string) => console.log(line), ask: askHere, pollMs: 5_000 };
  void main(process.argv.slice(2), terminal).then((code) => (process.exitCode = code));
}
