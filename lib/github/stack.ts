import { CfnOutput, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import {
  OidcProviderNative,
  OpenIdConnectPrincipal,
  PolicyDocument,
  PolicyStatement,
  Role,
  type IOIDCProviderRef,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** Where GitHub Actions issues its tokens. IAM trusts its certificate authority without a thumbprint. */
const ISSUER = 'token.actions.githubusercontent.com';
/** For whom the action `aws-actions/configure-aws-credentials` asks for a token, unless its input says otherwise. */
const AUDIENCE = 'sts.amazonaws.com';

/** The roles of `cdk bootstrap` that a deployment assumes. The one that CloudFormation works with is not among them. */
const DEPLOYMENT = ['deploy', 'file-publishing', 'image-publishing', 'lookup'];

export interface GitHubStackProps extends StackProps {
  /**
   * The repository as the subject of its tokens names it: `OWNER/NAME`, or `OWNER@ID/NAME@ID` where subject claims are
   * immutable.
   */
  readonly repository: string;
  /** The GitHub environment whose jobs may deploy. */
  readonly environment: string;
  /** The branch whose workflow may deploy. */
  readonly branch: string;
  /** Whether there is a role for pull requests, which reads what is deployed. */
  readonly pullRequests: boolean;
  /**
   * ARN of the identity provider of GitHub Actions that the account has already: it can have one only.
   * @default - the stack makes it
   */
  readonly providerArn?: string | undefined;
  /** The qualifier of `cdk bootstrap`, which is in the names of its roles. */
  readonly qualifier: string;
  /**
   * The regions that may be deployed to.
   * @default - the region of this stack
   */
  readonly regions?: readonly string[] | undefined;
  /** First part of the names of the stacks that are deployed. */
  readonly name: string;
}

/**
 * Lets GitHub Actions of one repository work in this account, without a stored key: it proves itself by a token, and gets
 * a role for an hour. One role is for jobs of one environment and deploys; the other one is for pull requests and reads.
 * Both may do what the roles of `cdk bootstrap` may, and little else.
 */
export class GitHubStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: GitHubStackProps,
  ) {
    super(scope, id, props);
    const provider = this.provider();
    const { environment, branch } = props;

    const deployment = new Role(this, 'DeploymentRole', {
      description: `Deploys from the environment ${environment} of ${props.repository}, branch ${branch}`,
      // By the subject alone, a workflow of any branch could name the environment, where GitHub does not restrict it.
      assumedBy: this.tokens(provider, `environment:${environment}`, { [`${ISSUER}:ref`]: `refs/heads/${branch}` }),
      inlinePolicies: {
        BootstrapRoles: this.assumption(DEPLOYMENT),
        Checks: this.checks(),
      },
    });
    this.acknowledgeReads(deployment);
    new CfnOutput(this, 'DeploymentRoleArn', { value: deployment.roleArn });

    if (props.pullRequests) {
      const reading = new Role(this, 'PullRequestRole', {
        description: `Compares pull requests of ${props.repository} with what is deployed`,
        assumedBy: this.tokens(provider, 'pull_request'),
        inlinePolicies: { BootstrapRoles: this.assumption(['lookup']) },
      });
      new CfnOutput(this, 'PullRequestRoleArn', { value: reading.roleArn });
    }
  }

  /** The account's trust in GitHub's tokens: of this stack, or there already. */
  private provider(): IOIDCProviderRef {
    const { providerArn } = this.props;
    if (providerArn !== undefined) return OidcProviderNative.fromOidcProviderArn(this, 'Provider', providerArn);
    const provider = new OidcProviderNative(this, 'Provider', { url: `https://${ISSUER}`, clientIds: [AUDIENCE] });
    new CfnOutput(this, 'ProviderArn', { value: provider.oidcProviderArn });
    return provider;
  }

  /** The jobs of the repository with such a subject, and no other ones: every condition is an equality. */
  private tokens(provider: IOIDCProviderRef, job: string, more: Readonly<Record<string, string>> = {}) {
    return new OpenIdConnectPrincipal(provider, {
      StringEquals: {
        [`${ISSUER}:aud`]: AUDIENCE,
        [`${ISSUER}:sub`]: `repo:${this.props.repository}:${job}`,
        ...more,
      },
    });
  }

  /** Leave to assume roles of `cdk bootstrap`, in the regions that may be deployed to. */
  private assumption(kinds: readonly string[]): PolicyDocument {
    const { qualifier } = this.props;
    return new PolicyDocument({
      statements: [
        new PolicyStatement({
          actions: ['sts:AssumeRole'],
          resources: this.regions().flatMap((region) =>
            kinds.map((kind) =>
              this.formatArn({
                service: 'iam',
                region: '',
                resource: 'role',
                resourceName: `cdk-${qualifier}-${kind}-role-${this.account}-${region}`,
              }),
            ),
          ),
        }),
      ],
    });
  }

  /** What `npm run deploy` and `npm run destroy` ask by themselves: checks, protection, and the look for leftovers. */
  private checks(): PolicyDocument {
    const { name, qualifier } = this.props;
    return new PolicyDocument({
      statements: [
        new PolicyStatement({
          actions: [
            'cloudformation:DescribeStackEvents',
            'cloudformation:DescribeStackResources',
            'cloudformation:DescribeStacks',
            'cloudformation:GetTemplate',
            // The one that changes something: a production stack is protected once it stands.
            'cloudformation:UpdateTerminationProtection',
          ],
          resources: this.regions().map((region) =>
            this.formatArn({ service: 'cloudformation', region, resource: 'stack', resourceName: `${name}-*/*` }),
          ),
        }),
        new PolicyStatement({
          actions: ['ssm:GetParameter'],
          resources: this.regions().map((region) =>
            this.formatArn({
              service: 'ssm',
              region,
              resource: 'parameter',
              resourceName: `cdk-bootstrap/${qualifier}/version`,
            }),
          ),
        }),
        new PolicyStatement({ actions: READS, resources: ['*'] }),
      ],
    });
  }

  private acknowledgeReads(role: Role): void {
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'These actions read, and support no resource-level permission (Service Authorization Reference).',
    });
    const { name } = this.props;
    for (const region of this.regions())
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:${shown(region)}:<AWS::AccountId>:stack/${name}-*/*]`,
        reason:
          'The names of the stacks begin with the name of this copy of the app, and the last part of the ARN is an id that CloudFormation gives.',
      });
  }

  private regions(): readonly string[] {
    return this.props.regions ?? [this.region];
  }
}

/** Reads for which AWS offers nothing narrower than every resource. */
const READS = [
  'elasticloadbalancing:DescribeRules',
  'servicequotas:GetAWSDefaultServiceQuota',
  'servicequotas:GetServiceQuota',
  'tag:GetResources',
];

/** A region as cdk-nag names it. */
const shown = (region: string): string => (region.startsWith('${') ? '<AWS::Region>' : region);
