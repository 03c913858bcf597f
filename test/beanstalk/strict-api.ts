import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A version as the API keeps it. */
interface Version {
  readonly label: string;
  readonly description: string;
  readonly bundle: string;
  readonly created: Date;
}

/** An environment, and what it is on the way to. */
interface Environment {
  readonly name: string;
  readonly application: string;
  status: 'Ready' | 'Updating' | 'Launching' | 'Terminated';
  health: string;
  label: string;
  platform: string;
  deploying?: { readonly label: string; looks: number };
}

/** What the account has. A test changes it as an account is changed from elsewhere. */
export interface Account {
  readonly stacks: Map<string, { outputs: Record<string, string>; resources: Record<string, string>; status?: string }>;
  readonly applications: Map<string, Version[]>;
  readonly environments: Map<string, Environment>;
  readonly branches: Map<string, string>;
  /** Platform versions of a branch: their numbers, and whether they are ready. */
  readonly platforms: { branch: string; version: string; status: string }[];
  readonly loadBalancers: Map<string, string>;
  /** `bucket/key` of what is in S3. */
  readonly objects: Set<string>;
  readonly events: { environment: string; severity: string; message: string; at: Date }[];
  /** Labels whose deployment Elastic Beanstalk takes back. */
  readonly failing: Set<string>;
  /**
   * Calls that come before IAM has spread the right to them: how many of each, by `service:Action`, and with what they
   * are refused. A list is then empty.
   */
  readonly early: Map<string, { times: number; readonly refusal: Refusal | 'an empty list' }>;
  /** What CloudFormation was answered, by the path of its address. */
  readonly answers: Map<string, Record<string, unknown>>;
}

export type Refusal = 'AccessDenied' | 'AccessDeniedException' | 'InsufficientPrivilegesException' | 'Forbidden bundle';

export interface StrictApi {
  readonly url: string;
  readonly account: Account;
  /** Every call so far, as `service:Action`. */
  readonly calls: string[];
  close(): Promise<void>;
}

/** The API refuses: its code and message, as AWS words them. */
class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** In AWS's words; Elastic Beanstalk has its own for what it reads from S3 with the rights of its caller. */
const refused = (refusal: Refusal, call: string): Refused =>
  refusal === 'Forbidden bundle'
    ? new Refused('InvalidParameterCombination', 'Unable to download from S3 location (…). Reason: Forbidden')
    : new Refused(refusal, `User: arn:aws:sts::111122223333:assumed-role is not authorized to perform: ${call}`, 403);

/** Whether this call is too early, which it is so many times. */
function earlyRefusal({ early }: Account, call: string): Refusal | 'an empty list' | undefined {
  const entry = early.get(call);
  if (entry === undefined || entry.times === 0) return undefined;
  entry.times -= 1;
  return entry.refusal;
}

type Parameters = Readonly<Record<string, string | undefined>>;
type Action = (parameters: Parameters, account: Account) => string;

const element = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `<${name}>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`;
const members = (name: string, each: readonly string[]): string =>
  `<${name}>${each.map((one) => `<member>${one}</member>`).join('')}</${name}>`;
const listed = (parameters: Parameters, prefix: string): string[] =>
  Object.entries(parameters).flatMap(([name, value = '']) => (name.startsWith(`${prefix}.member.`) ? [value] : []));

function required(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (!value) throw new Refused('MissingParameter', `${name} is required.`);
  return value;
}

function versionsOf(account: Account, application: string): Version[] {
  const versions = account.applications.get(application);
  if (versions === undefined)
    throw new Refused('InvalidParameterValue', `No Application named '${application}' found.`);
  return versions;
}

function environmentXml({ name, application, status, health, label, platform }: Environment): string {
  return [
    element('EnvironmentName', name),
    element('ApplicationName', application),
    element('VersionLabel', label),
    element('PlatformArn', platform),
    element('Status', status),
    element('HealthStatus', health),
  ].join('');
}

/** A deployment takes two looks; then it has succeeded, or has been taken back. */
function advance(environment: Environment, account: Account): void {
  const { deploying } = environment;
  if (deploying === undefined) return;
  deploying.looks += 1;
  if (deploying.looks < 2) return;
  const fails = account.failing.has(deploying.label);
  if (!fails) environment.label = deploying.label;
  environment.status = 'Ready';
  delete environment.deploying;
  account.events.push({
    environment: environment.name,
    severity: fails ? 'ERROR' : 'INFO',
    message: fails ? 'Failed to deploy application.' : 'Environment update completed successfully.',
    at: new Date(),
  });
}

/** A stack is named, or meant by its ARN. */
const stackNameOf = (nameOrArn: string): string => /^arn:.*:stack\/([^/]+)\//.exec(nameOrArn)?.[1] ?? nameOrArn;

/** One of a list a page, so that whoever reads the first alone is found out; and the token of the next page. */
function onePage<T>(found: readonly T[], token: string | undefined): [page: T[], next: string | undefined] {
  const at = Number(token ?? 0);
  return [found.slice(at, at + 1), at + 1 < found.length ? String(at + 1) : undefined];
}

const ACTIONS: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
  cloudformation: {
    DescribeStacks: (parameters, { stacks }) => {
      const name = stackNameOf(required(parameters, 'StackName'));
      const stack = stacks.get(name);
      if (stack === undefined) throw new Refused('ValidationError', `Stack with id ${name} does not exist`);
      const outputs = Object.entries(stack.outputs).map(
        ([key, value]) => element('OutputKey', key) + element('OutputValue', value),
      );
      return members('Stacks', [
        element('StackName', name) +
          element('StackStatus', stack.status ?? 'UPDATE_COMPLETE') +
          members('Outputs', outputs),
      ]);
    },
    DescribeStackResource: (parameters, { stacks }) => {
      const name = stackNameOf(required(parameters, 'StackName'));
      const logicalId = required(parameters, 'LogicalResourceId');
      const physicalId = stacks.get(name)?.resources[logicalId];
      if (physicalId === undefined)
        throw new Refused('ValidationError', `Resource ${logicalId} does not exist for stack ${name}`);
      return `<StackResourceDetail>${element('PhysicalResourceId', physicalId)}</StackResourceDetail>`;
    },
  },
  elasticbeanstalk: {
    DescribeEnvironments: (parameters, account) => {
      const names = listed(parameters, 'EnvironmentNames');
      const { ApplicationName: ofApplication } = parameters;
      const found = [...account.environments.values()].filter(({ name, application }) =>
        ofApplication === undefined ? names.includes(name) : application === ofApplication,
      );
      for (const environment of found) advance(environment, account);
      return members('Environments', found.map(environmentXml));
    },
    DescribeApplicationVersions: (parameters, account) =>
      members(
        'ApplicationVersions',
        // In no order that anybody could rely on.
        versionsOf(account, required(parameters, 'ApplicationName')).map(
          ({ label, description, created }) =>
            element('VersionLabel', label) +
            element('Description', description) +
            element('DateCreated', created.toISOString()),
        ),
      ),
    DescribeEvents: (parameters, { events }) =>
      members(
        'Events',
        events
          .filter(
            ({ environment, at }) =>
              environment === parameters['EnvironmentName'] && at >= new Date(parameters['StartTime'] ?? 0),
          )
          .map(
            ({ severity, message, at }) =>
              element('EventDate', at.toISOString()) + element('Severity', severity) + element('Message', message),
          )
          .reverse(),
      ),
    CreateApplicationVersion: (parameters, account) => {
      const label = required(parameters, 'VersionLabel');
      const versions = versionsOf(account, required(parameters, 'ApplicationName'));
      if (versions.some((version) => version.label === label))
        throw new Refused('InvalidParameterValue', `Application Version ${label} already exists.`);
      const [bucket, key] = [parameters['SourceBundle.S3Bucket'] ?? '', parameters['SourceBundle.S3Key'] ?? ''];
      if (!account.objects.has(`${bucket}/${key}`))
        throw new Refused(
          'InvalidParameterCombination',
          `Unable to download from S3 location (Bucket: ${bucket}  Key: ${key}). Reason: Not Found`,
        );
      versions.push({
        label,
        description: parameters['Description'] ?? '',
        bundle: `${bucket}/${key}`,
        created: new Date(),
      });
      return `<ApplicationVersion>${element('VersionLabel', label)}</ApplicationVersion>`;
    },
    UpdateEnvironment: (parameters, account) => {
      const name = required(parameters, 'EnvironmentName');
      const environment = account.environments.get(name);
      if (environment === undefined || environment.status === 'Terminated')
        throw new Refused('InvalidParameterValue', `No Environment found for EnvironmentName = '${name}'.`);
      if (environment.status !== 'Ready')
        throw new Refused(
          'InvalidParameterValue',
          `Environment named ${name} is in an invalid state for this operation. Must be Ready.`,
        );
      const label = required(parameters, 'VersionLabel');
      if (!versionsOf(account, environment.application).some((version) => version.label === label))
        throw new Refused('InvalidParameterValue', `No Application Version named '${label}' found.`);
      environment.status = 'Updating';
      environment.deploying = { label, looks: 0 };
      account.events.push({
        environment: name,
        severity: 'INFO',
        message: 'Environment update is starting.',
        at: new Date(),
      });
      return environmentXml(environment);
    },
    ListPlatformBranches: (parameters, { branches }) => {
      const { 'Filters.member.1.Attribute': attribute, 'Filters.member.1.Operator': operator } = parameters;
      const wanted = required(parameters, 'Filters.member.1.Values.member.1');
      if (attribute !== 'BranchName' || (operator !== '=' && operator !== 'begins_with'))
        throw new Refused('InvalidParameterValue', `Filter ${attribute ?? ''} ${operator ?? ''} is not supported.`);
      const [page, next] = onePage(
        [...branches].filter(([name]) => (operator === '=' ? name === wanted : name.startsWith(wanted))),
        parameters['NextToken'],
      );
      return (
        members(
          'PlatformBranchSummaryList',
          page.map(([name, state]) => element('BranchName', name) + element('LifecycleState', state)),
        ) + element('NextToken', next)
      );
    },
    ListPlatformVersions: (parameters, { platforms }) => {
      const types = ['Filters.member.1.Type', 'Filters.member.2.Type'].map((name) => required(parameters, name));
      if (types.join() !== 'PlatformBranchName,PlatformStatus')
        throw new Refused('InvalidParameterValue', `Filters ${types.join()} are not supported.`);
      const found = platforms.filter(
        ({ branch, status }) =>
          branch === parameters['Filters.member.1.Values.member.1'] &&
          status === parameters['Filters.member.2.Values.member.1'],
      );
      const [page, next] = onePage(found, parameters['NextToken']);
      return (
        members(
          'PlatformSummaryList',
          page.map(
            ({ branch, version }) =>
              element('PlatformArn', `arn:aws:elasticbeanstalk:eu-central-1::platform/${branch}/${version}`) +
              element('PlatformVersion', version),
          ),
        ) + element('NextToken', next)
      );
    },
  },
  elasticloadbalancing: {
    DescribeLoadBalancers: (parameters, { loadBalancers }) => {
      const [page, next] = onePage([...loadBalancers], parameters['Marker']);
      return (
        members(
          'LoadBalancers',
          page.map(
            ([name, arn]) =>
              element('DNSName', name) +
              element('LoadBalancerArn', arn) +
              element('CanonicalHostedZoneId', `ZONE-${arn}`),
          ),
        ) + element('NextMarker', next)
      );
    },
  },
};

const VERSIONS: Readonly<Record<string, string>> = {
  cloudformation: '2010-05-15',
  elasticbeanstalk: '2010-12-01',
  elasticloadbalancing: '2015-12-01',
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

function query(service: string, body: string, account: Account, calls: string[]): Reply {
  const parameters: Parameters = Object.fromEntries(new URLSearchParams(body));
  const { Action: name = '', Version: version } = parameters;
  calls.push(`${service}:${name}`);
  try {
    const action = ACTIONS[service]?.[name];
    if (action === undefined || version !== VERSIONS[service])
      throw new Refused('InvalidAction', `Could not find operation ${name} for version ${version ?? ''}.`);
    const early = earlyRefusal(account, `${service}:${name}`);
    if (early !== undefined && early !== 'an empty list') throw refused(early, `${service}:${name}`);
    const result = `<${name}Result>${early === undefined ? action(parameters, account) : ''}</${name}Result>`;
    return { status: 200, body: `<${name}Response>${result}<ResponseMetadata/></${name}Response>` };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const detail = `<Type>Sender</Type>${element('Code', error.code)}${element('Message', error.message)}`;
    return { status: error.status, body: `<ErrorResponse><Error>${detail}</Error></ErrorResponse>` };
  }
}

/** S3 copies an object, which has to be there. */
function copy(request: IncomingMessage, account: Account): Reply {
  if (earlyRefusal(account, 's3:CopyObject') !== undefined)
    return { status: 403, body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>' };
  const source = decodeURIComponent(String(request.headers['x-amz-copy-source']));
  if (!account.objects.has(source))
    return {
      status: 404,
      body: '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>',
    };
  account.objects.add(decodeURIComponent((request.url ?? '').slice(1).replace(/\?.*/, '')));
  return { status: 200, body: '<CopyObjectResult><ETag>"0"</ETag></CopyObjectResult>' };
}

/**
 * The part of AWS that lambda/beanstalk/ and tools/beanstalk.ts speak to, on loopback: it takes what AWS takes, and
 * refuses what AWS refuses, in its words. The emulators say yes to a version that isn't there.
 */
export async function startStrictApi(): Promise<StrictApi> {
  const account: Account = {
    stacks: new Map(),
    applications: new Map(),
    environments: new Map(),
    branches: new Map(),
    platforms: [],
    loadBalancers: new Map(),
    objects: new Set(),
    events: [],
    failing: new Set(),
    early: new Map(),
    answers: new Map(),
  };
  const calls: string[] = [];
  const reply = async (request: IncomingMessage): Promise<Reply> => {
    const body = await bodyOf(request);
    if (request.url?.startsWith('/answer')) {
      // S3 would find the signature broken.
      if (request.headers['content-type'] !== undefined) return { status: 403, body: '' };
      account.answers.set(request.url, JSON.parse(body) as Record<string, unknown>);
      return { status: 200, body: '' };
    }
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
    if (service === undefined) return { status: 403, body: '' };
    if (service !== 's3') return query(service, body, account, calls);
    // The copy goes to the path of its bucket, or to a host called after it.
    calls.push('s3:CopyObject');
    return copy(request, account);
  };
  const server = createServer((request, response) => {
    void reply(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    account,
    calls,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
