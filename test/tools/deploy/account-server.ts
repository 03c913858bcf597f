import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackServer } from '../../../contract/runtime/loopback-server';

/** What an account has. Whatever is not there, AWS says so in its own words. */
export interface Account {
  /** Undefined: STS refuses the credentials. */
  readonly id?: string;
  /** By name, such as `/cdk-bootstrap/hnb659fds/version`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Applied quotas by code. */
  readonly quotas?: Readonly<Record<string, number>>;
  /** Quotas that have their default only, by code. */
  readonly defaultQuotas?: Readonly<Record<string, number>>;
  /** Stacks by name. */
  readonly stacks?: Readonly<
    Record<
      string,
      {
        readonly status?: string;
        readonly isProtected?: boolean;
        readonly template?: object;
        /** Physical ids by logical ids. */
        readonly resources?: Readonly<Record<string, string>>;
      }
    >
  >;
  /** Weights of target groups by the ARN of a listener rule. */
  readonly weights?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** ARNs of what is tagged, in pages. */
  readonly tagged?: readonly (readonly string[])[];
  /** Actions that the caller may not call. */
  readonly denied?: readonly string[];
}

class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The APIs of AWS that a deployment asks before it begins, on loopback: the real SDK signs, sends and reads in its own
 * protocols. What AWS refuses is refused: requests without a signature, unknown actions, what is not there.
 */
export class AccountServer extends LoopbackServer {
  /** What was called, such as `sts:GetCallerIdentity`. */
  readonly calls: string[] = [];

  private constructor(public account: Account) {
    super();
  }

  static async start(account: Account = {}): Promise<AccountServer> {
    const own = new AccountServer(account);
    await own.start();
    return own;
  }

  /** What a client needs to call it, and no other. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
      AWS_REGION: 'eu-central-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
    };
  }

  protected override async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.outcomeOf(request);
    response.writeHead(status, { 'content-type': type }).end(body);
  }

  private async outcomeOf(request: IncomingMessage) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const target = request.headers['x-amz-target'];
    const isJson = typeof target === 'string';
    const [, service = ''] =
      /Credential=[^/]+\/\d{8}\/[^/]+\/([a-z]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
    try {
      if (service === '') throw new Refused('MissingAuthenticationToken', 'Request is missing Authentication Token');
      const parameters = isJson
        ? (JSON.parse(text) as Record<string, unknown>)
        : Object.fromEntries(new URLSearchParams(text));
      const action = isJson ? (target.split('.')[1] ?? '') : String(parameters['Action']);
      this.calls.push(`${service}:${action}`);
      if (this.account.denied?.includes(action) === true)
        throw new Refused('AccessDeniedException', `User is not authorized to perform: ${service}:${action}`);
      const handler = (HANDLERS as Record<string, Handler | undefined>)[action];
      if (handler === undefined) throw new Refused('InvalidAction', `The action ${action} is not valid for ${service}`);
      const result = handler(this.account, parameters as Record<string, string>);
      return isJson
        ? { status: 200, type: 'application/x-amz-json-1.1', body: JSON.stringify(result) }
        : {
            status: 200,
            type: 'text/xml',
            body: `<${action}Response><${action}Result>${xml(result)}</${action}Result></${action}Response>`,
          };
    } catch (error) {
      const { code = 'InternalFailure', message } = error as Partial<Refused> & Error;
      return isJson
        ? { status: 400, type: 'application/x-amz-json-1.1', body: JSON.stringify({ __type: code, message }) }
        : {
            status: code === 'AccessDenied' || code === 'InvalidClientTokenId' ? 403 : 400,
            type: 'text/xml',
            body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escape(message)}</Message></Error></ErrorResponse>`,
          };
    }
  }
}

type Handler = (account: Account, parameters: Readonly<Record<string, string>>) => object;

const stackOf = (account: Account, name = '') => {
  const stack = account.stacks?.[name];
  if (stack === undefined) throw new Refused('ValidationError', `Stack with id ${name} does not exist`);
  return stack;
};

const HANDLERS = {
  GetCallerIdentity: ({ id }) => {
    if (id === undefined)
      throw new Refused('InvalidClientTokenId', 'The security token included in the request is invalid.');
    return { Account: id, Arn: `arn:aws:iam::${id}:user/somebody`, UserId: 'AIDAEXAMPLE' };
  },
  GetParameter: ({ parameters = {} }, { Name = '' }) => {
    const Value = parameters[Name];
    if (Value === undefined) throw new Refused('ParameterNotFound', '');
    return { Parameter: { Name, Value, Type: 'String' } };
  },
  GetServiceQuota: ({ quotas = {} }, { QuotaCode = '', ServiceCode }) => {
    const Value = quotas[QuotaCode];
    if (Value === undefined) throw new Refused('NoSuchResourceException', `No such quota: ${QuotaCode}`);
    return { Quota: { ServiceCode, QuotaCode, Value } };
  },
  GetAWSDefaultServiceQuota: ({ defaultQuotas = {} }, { QuotaCode = '', ServiceCode }) => {
    return { Quota: { ServiceCode, QuotaCode, Value: defaultQuotas[QuotaCode] ?? 1_000 } };
  },
  DescribeStacks: (account, { StackName = '' }) => {
    const { status = 'CREATE_COMPLETE', isProtected = false } = stackOf(account, StackName);
    return {
      Stacks: [
        {
          StackName,
          StackStatus: status,
          EnableTerminationProtection: isProtected,
          CreationTime: '2026-11-26T00:00:00Z',
        },
      ],
    };
  },
  GetTemplate: (account, { StackName }) => ({
    TemplateBody: JSON.stringify(stackOf(account, StackName).template ?? {}),
  }),
  DescribeStackResources: (account, { StackName }) => ({
    StackResources: Object.entries(stackOf(account, StackName).resources ?? {}).map(
      ([LogicalResourceId, PhysicalResourceId]) => ({ LogicalResourceId, PhysicalResourceId }),
    ),
  }),
  DescribeRules: ({ weights = {} }, { 'RuleArns.member.1': RuleArn = '' }) => {
    const found = weights[RuleArn];
    if (found === undefined) throw new Refused('RuleNotFound', `One or more rules not found: ${RuleArn}`);
    const TargetGroups = Object.entries(found).map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight }));
    return { Rules: [{ RuleArn, Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }] }] };
  },
  GetResources: ({ tagged = [] }, { PaginationToken = '' }) => {
    const page = Number(PaginationToken || 0);
    return {
      ResourceTagMappingList: (tagged[page] ?? []).map((ResourceARN) => ({ ResourceARN, Tags: [] })),
      PaginationToken: page + 1 < tagged.length ? String(page + 1) : '',
    };
  },
} satisfies Record<string, Handler>;

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** As AWS's query protocol has it: members of a list are called `member`. */
function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => `<member>${xml(each)}</member>`).join('');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, inner]) => `<${key}>${xml(inner)}</${key}>`)
      .join('');
  return escape(String(value));
}
