import { Annotations, CfnDeletionPolicy, CfnOutput, Token, Validations } from 'aws-cdk-lib';
import { CfnSecurityGroupIngress, Port, SecurityGroup, SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  IpAddressType,
  ListenerAction,
  SslPolicy,
  type ApplicationListener,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { AccessLogsBucket } from './access-logs-bucket';
import type { LogSettings } from './log-settings';
import { acknowledgePublicIngress, hasIpv6, holdIpv6Block, peerOf, sourceOf } from './public-ingress';
import { ServiceDomain, type ServiceDomainProps } from './service-domain';

/** Who may reach a service, and under which name. */
export interface PublicAccess {
  /** Blocks from which the service may be reached. With one of IPv6, load balancers are dual-stack. */
  readonly allowedCidrs: readonly string[];
  /** The name of the service. With a certificate, the load balancer answers over HTTPS and redirects HTTP. */
  readonly domain: ServiceDomainProps;
  /** How long the access logs of the load balancer are kept. @default - there are no access logs */
  readonly accessLogs?: LogSettings | undefined;
  /** Web ACL of AWS WAF, in the same region, that sees each request first. @default - none */
  readonly webAclArn?: string | undefined;
}

export interface PublicLoadBalancerProps extends PublicAccess {
  /** Its public subnets must be in two availability zones at least. */
  readonly vpc: IVpc;
}

/** An application load balancer that the allowed addresses reach: over HTTPS where there is a certificate. */
export class PublicLoadBalancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  /** Where target groups are added. */
  readonly listener: ApplicationListener;
  /** Address for people, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: PublicLoadBalancerProps) {
    super(scope, id);
    const { vpc, allowedCidrs, accessLogs, webAclArn } = props;
    const isDualStack = hasIpv6(allowedCidrs);
    this.requireTwoZones(vpc);
    const domain = new ServiceDomain(this, 'Domain', props.domain);

    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Load balancer: from the allowed addresses to the targets',
      allowAllOutbound: false,
    });
    for (const cidr of allowedCidrs) securityGroup.addIngressRule(peerOf(cidr), Port.tcp(80));
    acknowledgePublicIngress(securityGroup);

    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      internetFacing: true,
      // Its subnets then have IPv6 blocks. It reaches its targets over IPv4 all the same.
      ipAddressType: isDualStack ? IpAddressType.DUAL_STACK : IpAddressType.IPV4,
      securityGroup,
      dropInvalidHeaderFields: true,
      // A load balancer holds no data, and a first deployment that fails could not clean up a protected one.
      deletionProtection: false,
    });
    // One listener on port 80 whatever it does: CloudFormation creates new ones first, and a load balancer refuses a second
    // one on a port (aws/aws-cdk#34235).
    const http = this.loadBalancer.addListener('Http', {
      protocol: ApplicationProtocol.HTTP,
      open: false,
      ...(domain.certificate
        ? { defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }) }
        : {}),
    });
    this.listener = domain.certificate ? this.addHttps(domain.certificate, securityGroup, allowedCidrs) : http;
    if (this.listener !== http) http.node.addDependency(this.listener); // redirects begin when the other end is there

    const { loadBalancerArn: resourceArn, loadBalancerDnsName } = this.loadBalancer;
    // Another web ACL takes its place: to end the old association would end the new one (WAF API, DisassociateWebACL).
    if (webAclArn !== undefined) {
      const { cfnOptions } = new CfnWebACLAssociation(this, 'WebAcl', { webAclArn, resourceArn });
      cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
      cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    }
    if (accessLogs) this.keepAccessLogs(accessLogs);
    else
      Validations.of(this.loadBalancer).acknowledge({
        id: 'AwsSolutions-ELB2',
        reason: 'The service logs each request itself; access.logs keeps the load balancer’s too, as production does.',
      });

    if (isDualStack) holdIpv6Block(this, vpc);
    this.url = domain.pointAt(loadBalancerDnsName, new LoadBalancerTarget(this.loadBalancer), isDualStack);
    new CfnOutput(this, 'LoadBalancerName', {
      value: loadBalancerDnsName,
      description: 'What the name of the service points at, where its DNS is elsewhere',
    }).overrideLogicalId('LoadBalancerName');
  }

  private addHttps(certificate: ICertificate, securityGroup: SecurityGroup, allowedCidrs: readonly string[]) {
    const https = this.loadBalancer.addListener('Https', {
      protocol: ApplicationProtocol.HTTPS,
      certificates: [certificate],
      // What CDK's recommended flag chooses, also in an app that does not set it.
      sslPolicy: SslPolicy.TLS13_12_PQ,
      open: false,
    });
    // Rules of their own, which CloudFormation takes away only after the listener.
    for (const cidr of allowedCidrs) {
      const rule = new CfnSecurityGroupIngress(this, `Https from ${cidr}`, {
        groupId: securityGroup.securityGroupId,
        ...sourceOf(cidr),
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        description: `from ${cidr}:443`,
      });
      acknowledgePublicIngress(rule);
      https.node.addDependency(rule);
    }
    return https;
  }

  /** Source: Elastic Load Balancing, "Availability Zones for your Application Load Balancer". */
  private requireTwoZones(vpc: IVpc): void {
    const zones = vpc.availabilityZones;
    if (zones.length > 1 || Token.isUnresolved(zones)) return;
    Annotations.of(this).addError(
      'The VPC has subnets in 1 availability zone: an application load balancer needs 2 or more. Add a zone to the VPC.',
    );
  }

  /** By hand, since `logAccessLogs` needs to know the region at synth. */
  private keepAccessLogs(logs: LogSettings): void {
    const bucket = new AccessLogsBucket(this, 'AccessLogs', logs);
    this.loadBalancer.setAttribute('access_logs.s3.enabled', 'true');
    this.loadBalancer.setAttribute('access_logs.s3.bucket', bucket.bucketName);
    // The load balancer writes a test object when it is created: the policy has to be there, and to outlive it.
    this.loadBalancer.node.addDependency(bucket);
  }
}
