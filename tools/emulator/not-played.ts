import { replaceReferences, type Resource, type Template } from '../change/template';
import { markdownTable } from '../table';

/** What an emulator does not play: stacks are deployed to it without. */
export interface NotPlayed {
  /** The types of the resources, as a list names them. */
  readonly what: string;
  readonly reason: string;
  readonly isMeant: (resource: Resource, template: Template) => boolean;
}

const types = (reason: string, ...all: readonly string[]): NotPlayed[] =>
  all.map((what) => ({ what, reason, isMeant: ({ Type }) => Type === what }));

const customResources = (reason: string): NotPlayed => ({
  what: 'Custom::*',
  reason,
  isMeant: ({ Type }) => Type.startsWith('Custom::'),
});

/** The functions that answer for custom resources; those of the service are no part of it. */
const THEIR_FUNCTIONS: NotPlayed = {
  what: 'AWS::Lambda::Function',
  reason: 'of custom resources, which are not played',
  isMeant: (resource, { Resources = {} }) =>
    resource.Type === 'AWS::Lambda::Function' &&
    Object.values(Resources).some(
      ({ Type, Properties }) =>
        Type.startsWith('Custom::') &&
        Resources[String((Properties?.['ServiceToken'] as { 'Fn::GetAtt'?: string[] })['Fn::GetAtt']?.[0])] ===
          resource,
    ),
};

/** ministack 1.5: it refuses a type by name. */
export const NOT_PLAYED_BY_MINISTACK: readonly NotPlayed[] = [
  {
    what: 'AWS::CloudWatch::Alarm of metric math',
    reason: 'refused: "metric math is not supported"',
    isMeant: ({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' && Properties?.['Metrics'] !== undefined,
  },
  ...types(
    'refused as an unrecognized type',
    'AWS::Lambda::ResourcePolicy',
    'AWS::ApplicationAutoScaling::ScalableTarget',
    'AWS::ApplicationAutoScaling::ScalingPolicy',
    'AWS::EC2::EIP',
    'AWS::EC2::NatGateway',
    'AWS::EC2::SecurityGroupEgress',
    'AWS::EC2::SecurityGroupIngress',
    'AWS::ECS::ClusterCapacityProviderAssociations',
  ),
];

/** The same where the CDK CLI deploys: beside it, what its functions do not reach on this machine. */
export const NOT_PLAYED_END_TO_END: readonly NotPlayed[] = [
  ...NOT_PLAYED_BY_MINISTACK,
  ...types('its function needs the client of EC2 of the runtime of Lambda', 'Custom::VpcRestrictDefaultSG'),
  ...types(
    'its function needs images that are built, and the client of ECR of the runtime of Lambda',
    'Custom::RepositoryImage',
  ),
];

/** The same where a stack is deployed without its assets, of which only the CDK CLI makes something. */
export const NOT_PLAYED_WITHOUT_ASSETS: readonly NotPlayed[] = [
  ...NOT_PLAYED_BY_MINISTACK,
  customResources('played only where the CDK CLI has uploaded its function'),
  THEIR_FUNCTIONS,
];

/** fakecloud 0.51: it makes nearly every type, and rolls back in name only. */
export const NOT_PLAYED_BY_FAKECLOUD: readonly NotPlayed[] = [
  ...types('refused: "ServiceNamespace is required"', 'AWS::ApplicationAutoScaling::ScalingPolicy'),
  customResources('said to be made, without its function'),
  THEIR_FUNCTIONS,
];

/** What AWS does with a change and no emulator here does, whatever the types are. */
export const NOT_SHOWN: readonly string[] = [
  'that ECS moves the weights of a listener rule, and Elastic Beanstalk, Spot and EC2 replace instances: no machine runs',
  'that a load balancer refuses a second listener on a port, and a VPC an overlapping subnet: the test compares ids and blocks instead',
  'that CloudFormation keeps an export as long as it is imported',
  '`Beanstalk`, `EcsEc2` and `ManagedInstances` changed: ministack refuses capacity providers and environments, and fakecloud leaves a listener rule where it was when it moves to another listener',
];

/** The template without what an emulator does not play, and what that is. */
export function withoutNotPlayed(
  template: Template,
  notPlayed: readonly NotPlayed[],
): { readonly template: Template; readonly leftOut: readonly string[] } {
  const all = template.Resources ?? {};
  const reasons = Object.entries(all).flatMap(([id, resource]) => {
    const found = notPlayed.find(({ isMeant }) => isMeant(resource, template));
    return found === undefined ? [] : [[id, found] as const];
  });
  const gone = new Set(reasons.map(([id]) => id));
  const Resources = Object.fromEntries(
    Object.entries(all)
      .filter(([id]) => !gone.has(id))
      .map(([id, { DependsOn, ...resource }]) => {
        const needed = [DependsOn ?? []].flat().filter((other) => !gone.has(other));
        return [id, { ...resource, ...(needed.length > 0 ? { DependsOn: needed } : {}) }];
      }),
  );
  // The check of CDK's bootstrap stack has no part in this.
  const {
    Rules: _rules,
    Parameters: _parameters,
    ...rest
  } = template as Template & { Rules?: unknown; Parameters?: unknown };
  return {
    // Its name stands where something refers to what is gone.
    template: replaceReferences({ ...rest, Resources }, ({ id }) => (gone.has(id) ? id : undefined)) as Template,
    leftOut: [...new Set(reasons.map(([, { what, reason }]) => `${what} (${reason})`))].sort(),
  };
}

/** What which emulator does not play, as docs/architecture.md has it. */
export function notPlayedTable(): string {
  const by = (notPlayed: readonly NotPlayed[], what: string): string =>
    notPlayed.find((each) => each.what === what)?.reason ?? 'played';
  const all = [...NOT_PLAYED_WITHOUT_ASSETS, ...NOT_PLAYED_BY_FAKECLOUD].map(({ what }) => what);
  const rows = [...new Set(all)].map((what) => [
    `\`${what.split(' ')[0] ?? ''}\`${what.slice(what.split(' ')[0]?.length)}`,
    by(NOT_PLAYED_WITHOUT_ASSETS, what),
    by(NOT_PLAYED_BY_FAKECLOUD, what),
  ]);
  return markdownTable(['resource', 'ministack', 'fakecloud'], rows);
}
