import { Match, type Template } from 'aws-cdk-lib/assertions';
import { PRESETS } from '../../../tools/variants';
import { plan } from '../../../tools/change/plan';
import { outlives } from '../../dependencies';
import { appWith, productionTemplate, resources, statements, template } from '../../synthesis';
import type { CloudFormationResource } from '../../template';

// What holds for the service on instances, on Fargate and on Managed Instances alike, whichever way it deploys.

/** What is there until what is gone. */
const DESTROYED = [
  ['AWS::ECS::Cluster', 'AWS::ECS::Service'],
  ['AWS::ElasticLoadBalancingV2::ListenerRule', 'AWS::ECS::Service'],
  ['AWS::ECS::Service', 'AWS::ApplicationAutoScaling::ScalableTarget'],
];

/** Each stack: the namespace of its options, what its target groups hold, what it may do anywhere, in which order it goes. */
const STACKS = [
  {
    stack: 'Fargate',
    options: 'fargate',
    targets: 'ip',
    everywhere: ['ecr:GetAuthorizationToken', 'elasticloadbalancing:DescribeRules'],
    destroyed: [...DESTROYED, ['AWS::ECS::ClusterCapacityProviderAssociations', 'AWS::ECS::Service']],
  },
  {
    stack: 'EcsEc2',
    options: 'ecs',
    targets: 'instance',
    everywhere: [
      'ecr:GetAuthorizationToken',
      'ecs:DiscoverPollEndpoint',
      'elasticloadbalancing:DescribeRules',
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    destroyed: [
      ...DESTROYED,
      ['AWS::ECS::ClusterCapacityProviderAssociations', 'AWS::ECS::Service'],
      ['AWS::ECS::CapacityProvider', 'AWS::ECS::Service'],
      ['AWS::ECS::CapacityProvider', 'AWS::ECS::ClusterCapacityProviderAssociations'],
      ['AWS::AutoScaling::AutoScalingGroup', 'AWS::ECS::CapacityProvider'],
      ['AWS::ECS::Cluster', 'AWS::AutoScaling::AutoScalingGroup'],
    ],
  },
  {
    stack: 'ManagedInstances',
    options: 'managedInstances',
    targets: 'ip',
    everywhere: [
      'ec2:DescribeAvailabilityZones',
      'ec2:DescribeInstanceTypeOfferings',
      'ec2:DescribeInstanceTypes',
      'ec2:DescribeInstances',
      'ec2:DescribeLaunchTemplates',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
      'ecr:GetAuthorizationToken',
      'ecs:DiscoverPollEndpoint',
      'elasticloadbalancing:DescribeRules',
    ],
    destroyed: [
      ...DESTROYED,
      ['AWS::ECS::CapacityProvider', 'AWS::ECS::Service'],
      ['AWS::ECS::Cluster', 'AWS::ECS::CapacityProvider'],
      ['AWS::IAM::InstanceProfile', 'AWS::ECS::CapacityProvider'],
    ],
  },
];

const STRATEGIES = {
  'blue-green': { Strategy: 'BLUE_GREEN', BakeTimeInMinutes: 8 },
  linear: {
    Strategy: 'LINEAR',
    BakeTimeInMinutes: 8,
    LinearConfiguration: { StepPercent: 20, StepBakeTimeInMinutes: 8 },
  },
  canary: {
    Strategy: 'CANARY',
    BakeTimeInMinutes: 8,
    CanaryConfiguration: { CanaryPercent: 10, CanaryBakeTimeInMinutes: 8 },
  },
} as const;

const only = (of: Template, type: string): CloudFormationResource => {
  const [first, ...others] = resources(of, type);
  if (first === undefined || others.length > 0) throw new Error(`${others.length + 1} of ${type}, not one`);
  return first;
};
const service = (of: Template): NonNullable<CloudFormationResource['Properties']> =>
  only(of, 'AWS::ECS::Service').Properties ?? {};
const alarm = (of: Template, name: string): NonNullable<CloudFormationResource['Properties']> => {
  const found = Object.entries(of.findResources('AWS::CloudWatch::Alarm')).filter(
    ([id]) => withoutHash(id) === `Alarms${name}`,
  );
  expect(found).toHaveLength(1);
  return (found[0]?.[1] as unknown as CloudFormationResource).Properties ?? {};
};
const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

describe.each(STACKS)('$stack', ({ stack, options, targets, everywhere, destroyed }) => {
  const rolling = template(stack);
  const by = (strategy: string): Template => template(stack, { [`${options}.deployment`]: strategy });
  const shifting = Object.keys(STRATEGIES).map((strategy) => [strategy, by(strategy)] as const);
  const all = Object.entries({ rolling, production: productionTemplate(stack), ...Object.fromEntries(shifting) });

  test('no cluster is made before the service-linked role of ECS is there, with an image of one’s own too', () => {
    for (const [, of] of all) {
      const [[role]] = Object.entries(of.findResources('Custom::EcsServiceLinkedRole')) as [[string, unknown]];
      expect(only(of, 'AWS::ECS::Cluster').DependsOn).toEqual([role]);
      expect(statements(of).filter(({ Action }) => Action === 'iam:CreateServiceLinkedRole')).toContainEqual({
        Effect: 'Allow',
        Action: 'iam:CreateServiceLinkedRole',
        Resource: {
          'Fn::Join': [
            '',
            expect.arrayContaining([':role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS']) as unknown,
          ],
        },
        Condition: { StringEquals: { 'iam:AWSServiceName': 'ecs.amazonaws.com' } },
      });
    }
  });

  describe('a change of a service that shifts', () => {
    const secured = { 'access.certificateArn': PRESETS.production['access.certificateArn'] };
    const shifts = { [`${options}.deployment`]: 'canary' };
    test.each([
      ['to a rolling update', template(stack, shifts), rolling],
      ['to HTTPS', template(stack, shifts), template(stack, { ...shifts, ...secured })],
      ['to HTTP', template(stack, { ...shifts, ...secured }), template(stack, shifts)],
    ])('%s: looks where the requests are before the rule and the service are touched', (_, before, after) => {
      const { changes } = plan(stack, before.toJSON(), after.toJSON());
      const order = changes.filter(({ action }) => action !== 'remove').map(({ type }) => type);
      const [look, rule, tasks] = [
        'Custom::EcsShift',
        'AWS::ElasticLoadBalancingV2::ListenerRule',
        'AWS::ECS::Service',
      ].map((type) => order.indexOf(type));
      expect(look).toBeGreaterThanOrEqual(0);
      expect(rule).toBeGreaterThan(look ?? Infinity);
      expect(tasks).toBeGreaterThan(rule ?? Infinity);
      // The order of the plan is one of several: what makes it CloudFormation's is the dependency.
      const [check] = Object.keys(after.findResources('Custom::EcsShift'));
      expect(only(after, 'AWS::ElasticLoadBalancingV2::ListenerRule').DependsOn).toContain(check);
      const [listenerRule] = Object.keys(after.findResources('AWS::ElasticLoadBalancingV2::ListenerRule'));
      expect(only(after, 'AWS::ECS::Service').DependsOn).toContain(listenerRule);
    });

    test('from one shift to another looks at nothing, and leaves the rule as it is', () => {
      const { changes } = plan(stack, template(stack, shifts).toJSON(), by('linear').toJSON());
      const types = changes.map(({ type }) => type);
      expect(types).not.toContain('Custom::EcsShift');
      expect(types).not.toContain('AWS::ElasticLoadBalancingV2::ListenerRule');
    });
  });

  describe('a rolling deployment', () => {
    test('never takes a task away before its successor is healthy, and goes back by circuit breaker and by alarm', () => {
      expect(service(rolling)['DeploymentConfiguration']).toEqual({
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        Alarms: expect.objectContaining({ Enable: true, Rollback: true }) as object,
        Strategy: 'ROLLING',
      });
      expect(service(rolling)['HealthCheckGracePeriodSeconds']).toBe(30);
      expect(service(rolling)).not.toHaveProperty('DesiredCount');
    });

    test('has one target group', () => {
      expect(only(rolling, 'AWS::ElasticLoadBalancingV2::TargetGroup').Properties).toMatchObject({
        TargetType: targets,
        HealthCheckPath: '/health',
        // Of each task its own, also where ECS chooses it.
        HealthCheckPort: 'traffic-port',
      });
    });
  });

  describe.each(shifting)('a %s deployment', (strategy, each) => {
    test('has its steps, is watched before the version before it goes, and goes back by alarm', () => {
      expect(service(each)['DeploymentConfiguration']).toEqual({
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        Alarms: expect.objectContaining({ Enable: true, Rollback: true }) as object,
        ...STRATEGIES[strategy as keyof typeof STRATEGIES],
      });
      expect(service(each)['HealthCheckGracePeriodSeconds']).toBe(30);
    });

    test('shifts the weights of the rule between two target groups, by a role that may do that', () => {
      const groups = resources(each, 'AWS::ElasticLoadBalancingV2::TargetGroup');
      expect(groups.map(({ Properties }) => Properties?.['TargetType'] as string)).toEqual([targets, targets]);
      const [blue, green] = Object.keys(each.findResources('AWS::ElasticLoadBalancingV2::TargetGroup'));
      const [rule] = Object.keys(each.findResources('AWS::ElasticLoadBalancingV2::ListenerRule'));
      const [balancer] = service(each)['LoadBalancers'] as { AdvancedConfiguration: { RoleArn: object } }[];
      expect(balancer).toEqual({
        ContainerName: 'service',
        ContainerPort: 8080,
        TargetGroupArn: { Ref: blue },
        AdvancedConfiguration: {
          AlternateTargetGroupArn: { Ref: green },
          ProductionListenerRule: { Ref: rule },
          RoleArn: balancer?.AdvancedConfiguration.RoleArn,
        },
      });
      const role = (balancer?.AdvancedConfiguration.RoleArn as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
      expect(each.findResources('AWS::IAM::Role')[role]).toMatchObject({
        Properties: {
          AssumeRolePolicyDocument: {
            Statement: [{ Action: 'sts:AssumeRole', Principal: { Service: 'ecs.amazonaws.com' } }],
          },
          ManagedPolicyArns: [
            {
              'Fn::Join': [
                '',
                expect.arrayContaining([
                  ':iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers',
                ]) as unknown,
              ],
            },
          ],
        },
      });
      expect(only(each, 'AWS::ElasticLoadBalancingV2::ListenerRule').Properties?.['Actions']).toEqual([
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: { Ref: blue }, Weight: 1 },
              { TargetGroupArn: { Ref: green }, Weight: 0 },
            ],
          },
        },
      ]);
    });

    test('the role that moves the weights waits for nothing, and the service for it', () => {
      const [[id, role]] = Object.entries(each.findResources('AWS::IAM::Role')).filter(([, { Properties }]) =>
        JSON.stringify(Properties).includes('InfrastructureRolePolicyForLoadBalancers'),
      ) as [[string, CloudFormationResource]];
      expect(role.DependsOn).toBeUndefined();
      expect(JSON.stringify(role.Properties)).not.toMatch(/"Fn::GetAtt"|"Ref":"(?!AWS::)/);
      const [look] = Object.entries(each.findResources('Custom::EcsShift'));
      expect(look?.[1]['DependsOn']).toContain(id);
      expect(only(each, 'AWS::ElasticLoadBalancingV2::ListenerRule').DependsOn).toContain(look?.[0]);
    });

    test('scales on CPU alone: the requests move from one target group to the other', () => {
      expect(
        only(each, 'AWS::ApplicationAutoScaling::ScalingPolicy').Properties?.[
          'TargetTrackingScalingPolicyConfiguration'
        ],
      ).toMatchObject({ PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' } });
    });
  });

  describe.each(all)('%s, destroyed in one go', (_, each) => {
    test.each(destroyed)('%s is there until %s is gone', (type = '', ofType = '') => {
      expect(outlives(each, type, ofType)).toBe(true);
    });
  });

  test('a first deployment that fails can clean up: production protects no part of the stack from deletion, and the stack itself by an option', () => {
    const production = productionTemplate(stack);
    const [balancer] = resources(production, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(balancer?.Properties?.['LoadBalancerAttributes']).toContainEqual({
      Key: 'deletion_protection.enabled',
      Value: 'false',
    });
    expect(appWith(PRESETS.production, stack).node.findChild(stack)).toMatchObject({ terminationProtection: false });
  });

  describe('what calls a deployment off', () => {
    test.each(all)('%s: alarms that know nothing of the service, and so make no circle', (name, each) => {
      const { Alarms } = service(each)['DeploymentConfiguration'] as { Alarms: { AlarmNames: { Ref: string }[] } };
      const ofEach = ['AlarmsUnhealthy', 'AlarmsServerErrors', 'AlarmsSlow'];
      expect(Alarms.AlarmNames.map(({ Ref }) => withoutHash(Ref))).toEqual([
        ...ofEach,
        // For the rolling one there is the circuit breaker, and FailedTasks' quarter of an hour would be waited for.
        ...(name in STRATEGIES ? ofEach.map((id) => `${id}Green`) : []),
        'AlarmsBalancerErrors',
        ...(name in STRATEGIES ? ['AlarmsFailedTasks'] : []),
        // Tasks that wait for an instance, which no other alarm sees.
        ...(name in STRATEGIES && stack === 'EcsEc2' ? ['AlarmsReservation'] : []),
      ]);
    });

    test.each(shifting)('%s: a version is watched for as long as its alarms need, and their data', (_, each) => {
      const { DeploymentConfiguration: deployment } = service(each) as {
        DeploymentConfiguration: Record<string, Record<string, number>> & {
          BakeTimeInMinutes: number;
          Alarms: { AlarmNames: { Ref: string }[] };
        };
      };
      const bakes = [
        deployment.BakeTimeInMinutes,
        ...['CanaryConfiguration', 'LinearConfiguration'].flatMap((key) =>
          Object.entries(deployment[key] ?? {}).flatMap(([name, value]) => (name.includes('Bake') ? [value] : [])),
        ),
      ];
      const called = deployment.Alarms.AlarmNames.map(({ Ref }) => Ref).filter(
        (id) => !/FailedTasks|Reservation/.test(id),
      );
      expect(called).toHaveLength(7);
      for (const id of called) {
        const { EvaluationPeriods, DatapointsToAlarm, Period, Metrics } = each.findResources('AWS::CloudWatch::Alarm')[
          id
        ]?.['Properties'] as {
          EvaluationPeriods: number;
          DatapointsToAlarm: number;
          Period?: number;
          Metrics?: { MetricStat?: { Period: number } }[];
        };
        const period = Period ?? Math.max(...(Metrics ?? []).map(({ MetricStat }) => MetricStat?.Period ?? 0));
        expect(DatapointsToAlarm).toBeLessThan(EvaluationPeriods); // data may be late
        // Three minutes until the metrics of a load balancer are there.
        for (const bake of bakes) expect(bake * 60).toBeGreaterThanOrEqual(EvaluationPeriods * period + 180);
      }
    });

    test.each(all)('%s: no alarm that calls off fills in what it does not know', (_, each) => {
      const { Alarms } = service(each)['DeploymentConfiguration'] as { Alarms: { AlarmNames: { Ref: string }[] } };
      const alarms = each.findResources('AWS::CloudWatch::Alarm');
      for (const { Ref } of Alarms.AlarmNames) expect(JSON.stringify(alarms[Ref])).not.toContain('FILL');
    });

    test('tasks that fail count, also those that no load balancer ever sees', () => {
      const [cluster] = Object.keys(rolling.findResources('AWS::ECS::Cluster'));
      const { EventPattern, Targets } = only(rolling, 'AWS::Events::Rule').Properties ?? {};
      expect(EventPattern).toEqual({
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          clusterArn: [{ 'Fn::GetAtt': [cluster, 'Arn'] }],
          lastStatus: ['STOPPED'],
          $or: [
            { stopCode: ['TaskFailedToStart', 'EssentialContainerExited'] },
            { stoppedReason: [{ prefix: 'Task failed' }] },
          ],
        },
      });
      const [rule] = Object.keys(rolling.findResources('AWS::Events::Rule'));
      expect(alarm(rolling, 'FailedTasks')).toMatchObject({
        Metrics: [
          {
            MetricStat: {
              Metric: {
                Namespace: 'AWS/Events',
                MetricName: 'Invocations',
                Dimensions: [{ Name: 'RuleName', Value: { Ref: rule } }],
              },
              Period: 900,
              Stat: 'Sum',
            },
          },
        ],
        Threshold: 3,
        EvaluationPeriods: 1,
        TreatMissingData: 'notBreaching',
      });
      // The metric is that of a target: there has to be one, and it has to be allowed.
      expect(JSON.stringify(Targets)).toMatch(/:log-group:.*FailedTasksLogs/);
      rolling.hasResourceProperties('AWS::Logs::ResourcePolicy', {
        PolicyName: `compute-${stack}-failed-tasks`,
        PolicyDocument: {
          'Fn::Join': [
            '',
            [
              Match.stringLikeRegexp(
                '"Action":\\["logs:CreateLogStream","logs:PutLogEvents"\\].*"Service":"events.amazonaws.com"',
              ),
              { 'Fn::GetAtt': [Match.stringLikeRegexp('FailedTasksLogs'), 'Arn'] },
              Match.anyValue(),
            ],
          ],
        },
      });
      expect(outlives(rolling, 'AWS::Logs::ResourcePolicy', 'AWS::Events::Rule')).toBe(true);
    });

    test('errors count as a share, from a least number on, of the service and of the load balancer, each version by itself', () => {
      const [, canary] = shifting.find(([name]) => name === 'canary') ?? [];
      if (canary === undefined) throw new Error('no canary');
      const metricsOf = (name: string) =>
        alarm(canary, name)['Metrics'] as {
          Expression?: string;
          MetricStat?: { Metric: { MetricName: string; Dimensions: { Name: string; Value: unknown }[] } };
        }[];
      const groups = Object.keys(canary.findResources('AWS::ElasticLoadBalancingV2::TargetGroup'));
      const alarms = { ServerErrorsGreen: groups[1], BalancerErrors: undefined };
      for (const [name, group] of Object.entries(alarms)) {
        const metrics = metricsOf(name);
        expect(metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual([
          'IF(errors >= 2, 100 * errors / requests, 0)',
        ]);
        for (const { Metric } of metrics.flatMap(({ MetricStat }) => MetricStat ?? [])) {
          const of = Metric.Dimensions.filter(({ Name }) => Name === 'TargetGroup').map(({ Value }) => Value);
          expect(of).toEqual(group === undefined ? [] : [{ 'Fn::GetAtt': [group, 'TargetGroupFullName'] }]);
        }
      }
      const namesOf = (name: string): string[] =>
        metricsOf(name).flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []);
      expect(namesOf('ServerErrorsGreen')).toEqual(['HTTPCode_Target_5XX_Count', 'RequestCount']);
      expect(namesOf('BalancerErrors')).toEqual(['HTTPCode_ELB_5XX_Count', 'RequestCount']);
    });
  });

  test('two copies of the app have families of task definitions of their own', () => {
    const copy = template(stack, { name: 'other' });
    expect(only(rolling, 'AWS::ECS::TaskDefinition').Properties?.['Family']).toBe(`compute-${stack}`);
    expect(only(copy, 'AWS::ECS::TaskDefinition').Properties?.['Family']).toBe(`other-${stack}`);
  });

  test('the first task can pull its image: the role that starts it has its policy before there is a service', () => {
    const policies = Object.keys(rolling.findResources('AWS::IAM::Policy')).filter((id) =>
      id.startsWith('TaskDefinitionExecutionRoleDefaultPolicy'),
    );
    expect(policies).toHaveLength(1);
    expect(only(rolling, 'AWS::ECS::Service').DependsOn).toEqual(expect.arrayContaining(policies));
  });

  test('with Container Insights, tasks that are wanted and don’t run raise an alarm; without it, no metric says so', () => {
    const insights = template(stack, { 'task.insights': true });
    const metrics = alarm(insights, 'MissingTasks')['Metrics'] as {
      Expression?: string;
      MetricStat?: { Metric: { Namespace: string; MetricName: string; Dimensions: { Name: string }[] } };
    }[];
    expect(metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual(['wanted - running']);
    for (const { Metric } of metrics.flatMap(({ MetricStat }) => MetricStat ?? []))
      expect([Metric.Namespace, ...Metric.Dimensions.map(({ Name }) => Name)]).toEqual([
        'ECS/ContainerInsights',
        'ClusterName',
        'ServiceName',
      ]);
    expect(JSON.stringify(rolling.toJSON())).not.toContain('ContainerInsights"');
  });

  describe('with a certificate', () => {
    const secure = template(stack, { ...PRESETS.production, preset: 'sandbox', 'access.logs': true });

    test('the load balancer answers HTTPS, by today’s ciphers, and redirects HTTP there', () => {
      const listeners = resources(secure, 'AWS::ElasticLoadBalancingV2::Listener').map(({ Properties }) => Properties);
      expect(listeners).toHaveLength(2);
      expect(listeners).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            Port: 443,
            Protocol: 'HTTPS',
            Certificates: [{ CertificateArn: PRESETS.production['access.certificateArn'] }],
            SslPolicy: expect.stringContaining('TLS13') as string,
          }),
          expect.objectContaining({
            Port: 80,
            DefaultActions: [
              {
                Type: 'redirect',
                RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' },
              },
            ],
          }),
        ]),
      );
      const [https] = Object.entries(secure.findResources('AWS::ElasticLoadBalancingV2::Listener')).filter(
        ([, listener]) => (listener['Properties'] as { Port: number }).Port === 443,
      );
      expect(only(secure, 'AWS::ElasticLoadBalancingV2::ListenerRule').Properties?.['ListenerArn']).toEqual({
        Ref: https?.[0],
      });
    });

    test('access logs go to a bucket that lets the load balancer write before there is one', () => {
      const [bucket] = Object.keys(secure.findResources('AWS::S3::Bucket'));
      secure.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
        LoadBalancerAttributes: Match.arrayWith([
          { Key: 'access_logs.s3.enabled', Value: 'true' },
          { Key: 'access_logs.s3.bucket', Value: { Ref: bucket } },
        ]),
      });
      expect(outlives(secure, 'AWS::S3::BucketPolicy', 'AWS::ElasticLoadBalancingV2::LoadBalancer')).toBe(true);
    });
  });

  test('without, it answers HTTP, and keeps no access logs', () => {
    expect(only(rolling, 'AWS::ElasticLoadBalancingV2::Listener').Properties).toMatchObject({ Port: 80 });
    rolling.resourceCountIs('AWS::S3::Bucket', 0);
  });

  test('no statement reaches every resource, but where AWS has none narrower', () => {
    const anywhere = statements(rolling).filter(({ Resource, Condition }) => Resource === '*' && !Condition);
    expect(anywhere.flatMap(({ Action }) => Action).sort()).toEqual(everywhere);
  });
});
