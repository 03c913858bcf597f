import type http from 'node:http';
import { text } from 'node:stream/consumers';
import { LoopbackServer } from '../../contract/runtime/loopback-server';

const ACCOUNT = '111122223333';

/**
 * As much of STS, SSM and CloudFormation on loopback as a comparison with deployed stacks reads: it gives out the templates
 * that it was given, and remembers what it was asked, and in which role. Whatever else is asked is denied.
 */
export class LoopbackCloudFormation extends LoopbackServer {
  /** Each call as `role action`, such as `own sts:GetCallerIdentity`; each once. */
  readonly asked = new Set<string>();

  /** @param templates of the deployed stacks, by their names */
  constructor(private readonly templates: ReadonlyMap<string, object>) {
    super();
  }

  /** What the CDK CLI needs to call it, and no other endpoint. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: 'own',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-central-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  protected override async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await text(request);
    // The key with which a call is signed is the role that it was given for.
    const role = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? 'nobody';
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') {
      this.asked.add(`${role} ${target.replace(/^AmazonSSM\./, 'ssm:')}`);
      response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ Parameter: { Name: 'version', Type: 'String', Value: '33' } }));
      return;
    }
    const query = new URLSearchParams(body);
    const action = query.get('Action') ?? '';
    const service = action === 'AssumeRole' || action === 'GetCallerIdentity' ? 'sts' : 'cloudformation';
    this.asked.add(`${role} ${service}:${action}`);
    const [status, result] = this.#result(action, query);
    response.writeHead(status, { 'Content-Type': 'text/xml' });
    response.end(
      status === 200
        ? `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`
        : `<ErrorResponse><Error><Type>Sender</Type>${result}</Error></ErrorResponse>`,
    );
  }

  #result(action: string, query: URLSearchParams): [status: number, xml: string] {
    const name = query.get('StackName') ?? '';
    const template = this.templates.get(name);
    switch (action) {
      case 'GetCallerIdentity':
        return [200, `<Account>${ACCOUNT}</Account><Arn>arn:aws:iam::${ACCOUNT}:role/x</Arn><UserId>x</UserId>`];
      case 'AssumeRole': {
        const kind = /\/cdk-hnb659fds-([\w-]+)-role-/.exec(query.get('RoleArn') ?? '')?.[1] ?? 'unknown';
        return [
          200,
          `<Credentials><AccessKeyId>${kind}</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken>` +
            '<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>',
        ];
      }
      case 'DescribeStacks':
      case 'GetTemplate':
        if (template === undefined)
          return [400, `<Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message>`];
        return action === 'GetTemplate'
          ? [200, `<TemplateBody>${escaped(JSON.stringify(template))}</TemplateBody>`]
          : [
              200,
              `<Stacks><member><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>` +
                '<CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks>',
            ];
      default:
        return [403, `<Code>AccessDenied</Code><Message>${action} is denied</Message>`];
    }
  }
}

const escaped = (xml: string): string => xml.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
