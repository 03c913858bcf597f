import { Annotations, Token, Validations } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  SslPolicy,
  type ApplicationListener,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { AccessLogsBucket } from './access-logs-bucket';
import type { LogSettings } from './log-settings';
import { acknowledgePublicIngress } from './public-ingress';
import { ServiceDomain, type ServiceDomainProps } from './service-domain';

/** Who may reach a service, and under which name. */
export interface PublicAccess {
  /** IPv4 blocks from which the service may be reached. */
  readonly allowedCidrs: readonly string[];
  /** The name of the service. With a certificate, the load balancer answers over HTTPS and redirects HTTP. */
  readonly domain: ServiceDomainProps;
  /**
   * How long the access logs of the load balancer are kept.
   * @default - there are no access logs
   */
  readonly accessLogs?: LogSettings | undefined;
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

  constructor(scope: Construct, id: string, { vpc, allowedCidrs, domain: names, accessLogs }: PublicLoadBalancerProps) {
    super(scope, id);
    this.requireTwoZones(vpc);
    const domain = new ServiceDomain(this, 'Domain', names);
    const ports = domain.certificate ? [80, 443] : [80];

    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Load balancer: from the allowed addresses to the targets',
      allowAllOutbound: false,
    });
    for (const cidr of allowedCidrs)
      for (const port of ports) securityGroup.addIngressRule(Peer.ipv4(cidr), Port.tcp(port));
    acknowledgePublicIngress(securityGroup);

    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      internetFacing: true,
      securityGroup,
      dropInvalidHeaderFields: true,
      // A load balancer holds no data, and a first deployment that fails could not clean up a protected one.
      deletionProtection: false,
    });
    this.listener = domain.certificate
      ? this.loadBalancer.addListener('Https', {
          protocol: ApplicationProtocol.HTTPS,
          certificates: [domain.certificate],
          sslPolicy: SslPolicy.RECOMMENDED_TLS,
          open: false,
        })
      : this.loadBalancer.addListener('Http', { protocol: ApplicationProtocol.HTTP, open: false });
    if (domain.certificate) this.loadBalancer.addRedirect({ open: false });

    if (accessLogs) this.keepAccessLogs(accessLogs);
    else
      Validations.of(this.loadBalancer).acknowledge({
        id: 'AwsSolutions-ELB2',
        reason:
          'The service logs each request itself; access.logs keeps those of the load balancer too, as production does.',
      });

    this.url = domain.pointAt(this.loadBalancer.loadBalancerDnsName, new LoadBalancerTarget(this.loadBalancer));
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
    if (bucket.policy) this.loadBalancer.node.addDependency(bucket.policy);
  }
}
