import { createHash } from 'node:crypto';
import { Lazy, Stack, Validations } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  CfnSecurityGroupIngress,
  Peer,
  Port,
  SecurityGroup,
  type Connections,
  type IConnectable,
} from 'aws-cdk-lib/aws-ec2';
import { CfnEnvironment } from 'aws-cdk-lib/aws-elasticbeanstalk';
import {
  InstanceProfile,
  ManagedPolicy,
  PolicyStatement,
  Role,
  ServicePrincipal,
  type IGrantable,
  type IPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IAliasRecordTarget } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { BeanstalkMetric } from './setting-names';
import { branchOfArn, languageOf } from '../../lambda/beanstalk/platforms';
import { acknowledgeManagedPolicy } from './application';
import type { BeanstalkEnvironmentProps } from './environment-props';
import { BeanstalkLoadBalancer } from './load-balancer';
import { architectureOf, optionSettings, PROXY_PORT } from './option-settings';
import { wildcardOf } from './version';
import { acknowledgePublicIngress, hasIpv6, peerOf, sourceOf } from '../shared/public-ingress';
import { SessionManagerAccess } from '../shared/session-manager-access';

const INSTANCE_POLICY = 'AWSElasticBeanstalkWebTier';

/**
 * An environment of Elastic Beanstalk that runs one version of an application: typed properties in place of option
 * settings, security groups that are the stack's own, enhanced health, streamed logs, managed platform updates.
 *
 * What can't be changed in an environment (language, processor, load balancer) is part of its logical id:
 * CloudFormation then makes another environment before it ends this one.
 */
export class BeanstalkEnvironment extends Construct implements IConnectable, IGrantable {
  readonly environmentName: string;
  /** Address of the load balancer, or of the instance. */
  readonly endpoint: string;
  /** What the application may do, and Elastic Beanstalk on its instances. */
  readonly instanceRole: Role;
  /** Of the instances, such as to a database: `database.connections.allowDefaultPortFrom(environment)`. */
  readonly connections: Connections;
  /** The role of the instances: `bucket.grantRead(environment)`. */
  readonly grantPrincipal: IPrincipal;
  private readonly instances: SecurityGroup;
  private readonly sessionManager: SessionManagerAccess;
  private found?: BeanstalkLoadBalancer;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BeanstalkEnvironmentProps,
  ) {
    super(scope, id);
    checkProps(props);
    const { application, version, traffic } = props;
    this.instanceRole = this.makeInstanceRole();
    this.grantPrincipal = this.instanceRole;
    this.sessionManager = new SessionManagerAccess(this, 'SessionManager', { role: this.instanceRole });
    // One for each shape: changed in place, the running instance would be cut off while its successor is made.
    const shape = traffic.type === 'single' ? 'Single' : '';
    this.instances = new SecurityGroup(this, `${shape}InstanceSecurityGroup`, {
      vpc: props.vpc,
      description: 'Instances: HTTP in, HTTPS out',
      allowAllOutbound: false,
    });
    this.connections = this.instances.connections;
    // Packages, Elastic Beanstalk, Systems Manager and CloudWatch are all reached over HTTPS.
    this.instances.addEgressRule(Peer.anyIpv4(), Port.tcp(443));
    props.notifications.grantPublish(application.serviceRole);

    const loadBalancerGroup = this.ingress();
    const profile = new InstanceProfile(this, 'InstanceProfile', { role: this.instanceRole });
    const settings = optionSettings(props, {
      instanceProfileArn: profile.instanceProfileArn,
      instanceSecurityGroupId: this.instances.securityGroupId,
      loadBalancerSecurityGroupId: loadBalancerGroup?.securityGroupId,
    });
    const environment: CfnEnvironment = new CfnEnvironment(this, identityOf(props), {
      applicationName: application.applicationName,
      description: props.description,
      versionLabel: version.label,
      platformArn:
        'arn' in props.platform
          ? props.platform.arn
          : this.newestOf(props.platform.branch, settings, () => environment),
      optionSettings: settings,
    });
    acknowledgeUpdatesAndLogs(environment, props);
    // Looked at before anything is changed that the running instances use.
    const isReady = this.lookFirst(settings);
    for (const construct of [version, this.instanceRole, this.instances, loadBalancerGroup])
      construct?.node.addDependency(isReady);
    // All of it has to be there from the first minute to the last: the version, what the roles may do, the rules by which
    // the load balancer reaches the instances (Elastic Beanstalk looks for them), the policies of topic and buckets.
    environment.node.addDependency(
      version,
      application.serviceRole,
      this.instanceRole,
      this.sessionManager,
      this.instances,
      props.notifications,
      ...[loadBalancerGroup, 'accessLogs' in traffic ? traffic.accessLogs : undefined].filter(
        (construct) => construct !== undefined,
      ),
    );
    this.environmentName = environment.ref;
    this.endpoint = environment.attrEndpointUrl;
    if ('webAclArn' in traffic && traffic.webAclArn !== undefined) this.loadBalancer().associate(traffic.webAclArn);
  }

  /**
   * The load balancer, for an alias record: where another one takes its place, the record follows within a minute, and
   * not when a CNAME has run out.
   */
  get loadBalancerTarget(): IAliasRecordTarget {
    return { bind: (record) => this.loadBalancer().bind(record) };
  }

  /** A metric of enhanced health: one of `metrics`, or the health itself, from 0 (ok) to 25 (severe). */
  metric(name: BeanstalkMetric | 'EnvironmentHealth', options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/ElasticBeanstalk',
      metricName: name,
      dimensionsMap: { EnvironmentName: this.environmentName },
      ...options,
    });
  }

  /** Looked up only where something needs to know more of it than its address. */
  private loadBalancer(): BeanstalkLoadBalancer {
    const { application } = this.props;
    this.found ??= new BeanstalkLoadBalancer(this, 'LoadBalancer', { application, dnsName: this.endpoint });
    return this.found;
  }

  /** The managed policy for web servers; what the application needs is granted from outside. */
  private makeInstanceRole(): Role {
    const role = new Role(this, 'InstanceRole', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(INSTANCE_POLICY)],
    });
    acknowledgeManagedPolicy(role, INSTANCE_POLICY);
    return role;
  }

  /** Opens the way to the application for the allowed addresses; says through which group of the load balancer, if any. */
  private ingress(): SecurityGroup | undefined {
    const { traffic, allowedCidrs, vpc } = this.props;
    if (traffic.type === 'single') {
      for (const cidr of allowedCidrs.filter((each) => !hasIpv6([each])))
        this.instances.addIngressRule(peerOf(cidr), Port.tcp(PROXY_PORT));
      acknowledgePublicIngress(this.instances);
      return undefined;
    }
    const group = new SecurityGroup(this, 'LoadBalancerSecurityGroup', {
      vpc,
      description: 'Load balancer: from the allowed addresses to the instances',
      allowAllOutbound: false,
    });
    for (const cidr of allowedCidrs) group.addIngressRule(peerOf(cidr), Port.tcp(80));
    // Rules of their own, which CloudFormation takes away only after the environment has left HTTPS.
    for (const cidr of traffic.certificate ? allowedCidrs : [])
      new CfnSecurityGroupIngress(group, `Https from ${cidr}`, {
        groupId: group.securityGroupId,
        description: `from ${cidr}:443`,
        ...sourceOf(cidr),
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
      });
    acknowledgePublicIngress(group);
    this.instances.connections.allowFrom(group, Port.tcp(PROXY_PORT), 'Load balancer');
    return group;
  }

  /** ARN of the version of the branch that is chosen at deployment: lambda/beanstalk/platform.ts says which. */
  private newestOf(
    branch: string,
    settings: readonly CfnEnvironment.OptionSettingProperty[],
    environment: () => CfnEnvironment,
  ): string {
    const { application, managedUpdates } = this.props;
    const stack = Stack.of(this);
    application.acknowledgeWildcard('*', 'ListPlatformBranches supports no resource-level permission.');
    application.acknowledgeWildcard(
      'arn:<AWS::Partition>:elasticbeanstalk:<AWS::Region>::platform/*',
      'The platform versions of Elastic Beanstalk, of which the newest is looked for.',
    );
    const platform = application.customResource(this, 'Platform', {
      kind: 'Platform',
      properties: {
        Branch: branch,
        Environment: Lazy.string({ produce: () => stack.getLogicalId(environment()) }),
        ManagedUpdates: String(managedUpdates !== undefined),
        // Asked anew whenever the environment is updated, so that no update takes it back to an older platform.
        Revision: this.revisionOf(settings),
      },
      permissions: [
        new PolicyStatement({ actions: ['elasticbeanstalk:ListPlatformBranches'], resources: ['*'] }),
        new PolicyStatement({
          actions: ['elasticbeanstalk:ListPlatformVersions'],
          resources: [
            stack.formatArn({ service: 'elasticbeanstalk', account: '', resource: 'platform', resourceName: '*' }),
          ],
        }),
        new PolicyStatement({
          actions: ['elasticbeanstalk:DescribeEnvironments'],
          resources: [application.arn('environment', '*')],
        }),
        new PolicyStatement({
          actions: ['cloudformation:DescribeStackResource', 'cloudformation:DescribeStacks'],
          resources: [stack.stackId],
        }),
      ],
    });
    return platform.getAttString('Arn');
  }

  /** Refuses a deployment while Elastic Beanstalk would refuse it: lambda/beanstalk/ready.ts. */
  private lookFirst(settings: readonly CfnEnvironment.OptionSettingProperty[]): Construct {
    const { application } = this.props;
    application.acknowledgeWildcard(
      wildcardOf(application, 'environment'),
      'The environments of this application, whose names CloudFormation makes up.',
    );
    return application.customResource(this, 'Ready', {
      kind: 'Ready',
      properties: { Application: application.applicationName, Revision: this.revisionOf(settings) },
      permissions: [
        new PolicyStatement({
          actions: ['elasticbeanstalk:DescribeEnvironments'],
          resources: [application.arn('environment', '*')],
        }),
        new PolicyStatement({ actions: ['cloudformation:DescribeStacks'], resources: [Stack.of(this).stackId] }),
      ],
    });
  }

  /** Changes whenever the environment is updated. */
  private revisionOf(settings: readonly CfnEnvironment.OptionSettingProperty[]): string {
    const { version, platform } = this.props;
    const changes = [version.label, settings, ...('arn' in platform ? [platform.arn] : [])];
    return Lazy.string({ produce: () => sha256(JSON.stringify(Stack.of(this).resolve(changes))) });
  }
}

function acknowledgeUpdatesAndLogs(environment: CfnEnvironment, { managedUpdates }: BeanstalkEnvironmentProps): void {
  Validations.of(environment).acknowledge({
    id: 'AwsSolutions-EB4',
    reason: 'Logs are streamed to CloudWatch as they are written, with a retention; copies in S3 would never expire.',
  });
  if (managedUpdates !== undefined) return;
  Validations.of(environment).acknowledge({
    id: 'AwsSolutions-EB3',
    reason: 'The moment is chosen by hand: each deployment that changes something brings the newest platform.',
  });
}

function checkProps({ traffic, deployment, instanceTypes }: BeanstalkEnvironmentProps): void {
  const [{ architecture }] = instanceTypes;
  const other = instanceTypes.find((type) => type.architecture !== architecture);
  if (other !== undefined) {
    throw new Error(
      `Instance types ${instanceTypes.join(', ')}: all have to be of one architecture, ${other.toString()} is not.`,
    );
  }
  if (traffic.type === 'single' && !['all-at-once', 'immutable'].includes(deployment.policy)) {
    throw new Error(
      `Deployment ${deployment.policy} needs instances behind a load balancer; a single one has all-at-once and immutable.`,
    );
  }
}

/** What another environment is made for, as part of the logical id. */
function identityOf(props: BeanstalkEnvironmentProps): string {
  const { platform, traffic } = props;
  const branch = 'arn' in platform ? branchOfArn(platform.arn) : platform.branch;
  const language = languageOf(branch ?? '');
  return `${language} ${traffic.type} ${architectureOf(props)}`
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
