import { Validations } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  SslPolicy,
  type ApplicationListener,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { Config } from '../options/config';
import { AccessLogsBucket } from './access-logs-bucket';
import { acknowledgePublicIngress } from './public-ingress';
import { ServiceDomain } from './service-domain';

export interface PublicLoadBalancerProps {
  readonly config: Config;
  readonly vpc: IVpc;
  /** First label of the name under `access.domainName`, such as `ec2`. */
  readonly subdomain: string;
}

/**
 * An application load balancer that answers whom `access.allowedCidr` names: with HTTPS where there is a certificate
 * (HTTP is then redirected), else with HTTP.
 */
export class PublicLoadBalancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  /** Where target groups are added. */
  readonly listener: ApplicationListener;
  /** Address for people, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { config, vpc, subdomain }: PublicLoadBalancerProps) {
    super(scope, id);
    const { access } = config;
    const domain = new ServiceDomain(this, 'Domain', { config, subdomain });
    const ports = domain.certificate ? [80, 443] : [80];

    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Load balancer: from the allowed addresses to the targets',
      allowAllOutbound: false,
    });
    for (const cidr of access.allowedCidr)
      for (const port of ports) securityGroup.addIngressRule(Peer.ipv4(cidr), Port.tcp(port));
    acknowledgePublicIngress(securityGroup);

    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      internetFacing: true,
      securityGroup,
      dropInvalidHeaderFields: true,
      // Not protected from deletion in any preset: it holds no data, and a first deployment that fails, or one that
      // replaces it, could not clean up. In production the stack is protected.
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

    if (access.logs) this.keepAccessLogs(config);
    else
      Validations.of(this.loadBalancer).acknowledge({
        id: 'AwsSolutions-ELB2',
        reason:
          'The service logs each request itself; access.logs keeps those of the load balancer too, as production does.',
      });

    this.url = domain.urlOf(this.loadBalancer.loadBalancerDnsName, new LoadBalancerTarget(this.loadBalancer));
  }

  /** By hand, since `logAccessLogs` wants to know the region at synth. */
  private keepAccessLogs(config: Config): void {
    const bucket = new AccessLogsBucket(this, 'AccessLogs', { config });
    this.loadBalancer.setAttribute('access_logs.s3.enabled', 'true');
    this.loadBalancer.setAttribute('access_logs.s3.bucket', bucket.bucketName);
    // The load balancer tries to write when it is made: the policy has to be there, and to outlive it.
    if (bucket.policy) this.loadBalancer.node.addDependency(bucket.policy);
  }
}
