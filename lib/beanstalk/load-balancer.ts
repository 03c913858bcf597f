import { CfnDeletionPolicy, type CustomResource } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { AliasRecordTargetConfig, IAliasRecordTarget, IRecordSet } from 'aws-cdk-lib/aws-route53';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { BeanstalkApplication } from './application';

export interface BeanstalkLoadBalancerProps {
  readonly application: BeanstalkApplication;
  /** Its address: all that CloudFormation knows of it. */
  readonly dnsName: string;
}

/**
 * The load balancer that Elastic Beanstalk makes for an environment. What CloudFormation does not know of it is looked up
 * at deployment, and again whenever its address is another one.
 */
export class BeanstalkLoadBalancer extends Construct implements IAliasRecordTarget {
  private readonly found: CustomResource;
  private association?: CfnWebACLAssociation;

  constructor(scope: Construct, id: string, { application, dnsName }: BeanstalkLoadBalancerProps) {
    super(scope, id);
    application.acknowledgeWildcard('*', 'DescribeLoadBalancers supports no resource-level permission.');
    this.found = application.customResource(this, 'Default', {
      kind: 'LoadBalancer',
      properties: { DnsName: dnsName },
      permissions: [new PolicyStatement({ actions: ['elasticloadbalancing:DescribeLoadBalancers'], resources: ['*'] })],
    });
  }

  /**
   * Lets a web ACL see each request first. Elastic Beanstalk has no option for it.
   *
   * Where another web ACL or load balancer takes its place, nothing is disassociated: AWS WAF knows the resource alone,
   * not the web ACL, and would take the new one away (API Reference, "DisassociateWebACL").
   */
  associate(webAclArn: string): void {
    this.association = new CfnWebACLAssociation(this, 'WebAcl', {
      webAclArn,
      resourceArn: this.found.getAttString('Arn'),
    });
    this.association.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    this.association.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
  }

  /** An alias record points at it once the web ACL is there. */
  bind(record: IRecordSet): AliasRecordTargetConfig {
    if (this.association) record.node.addDependency(this.association);
    return { dnsName: this.found.getAttString('DnsName'), hostedZoneId: this.found.getAttString('HostedZoneId') };
  }
}
