import { CustomResource, Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { WebFunctionEndpoint } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DeploymentFunction } from '../shared/deployment-function';

export interface FirstAnswerProps {
  /** Where the revision is asked. */
  readonly endpoint: WebFunctionEndpoint;
  /** The revision that the endpoint sends requests to. */
  readonly revisionId: string;
  /** Where the revision logs, for the message of the error. */
  readonly serviceLogs: ILogGroup;
  /** Where the function that asks writes. */
  readonly logGroup: ILogGroup;
}

/**
 * The first answer of a revision: what depends on this is deployed after the revision has answered `GET /health`. Where it
 * does not within one to two minutes, the deployment fails and CloudFormation goes back.
 */
export class FirstAnswer extends Construct {
  constructor(scope: Construct, id: string, { endpoint, revisionId, serviceLogs, logGroup }: FirstAnswerProps) {
    super(scope, id);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    endpoint.grants.invoke(role);
    const lambda = new DeploymentFunction(this, 'Function', {
      description: 'Asks a new revision for its health before callers do',
      entry: 'lambda/web-function/index.ts',
      role,
      logGroup,
    });
    new CustomResource(this, 'Resource', {
      resourceType: 'Custom::FirstAnswer',
      serviceToken: lambda.functionArn,
      serviceTimeout: Duration.minutes(3),
      properties: {
        Url: `https://${endpoint.domainName}/health`,
        RevisionId: revisionId,
        LogGroup: serviceLogs.logGroupName,
      },
    }).node.addDependency(role);
  }
}
