import type { ResourceChange, Update } from './plan';
import { list, property, replaceReferences, resourcesOf, type Template } from './template';

/** What a change means to those who use the service, from the least to the most. */
export const EFFECTS = ['none', 'seconds', 'until healthy', 'new address', 'refused'] as const;
export type Effect = (typeof EFFECTS)[number];

/** The effect in words. */
export const EFFECT_WORDS: Readonly<Record<Effect, string>> = {
  none: 'no interruption',
  seconds: 'seconds',
  'until healthy': 'until the new one is healthy',
  'new address': 'a new address',
  refused: 'refused',
};

/** What interrupts the service, and why. */
export interface Interruption {
  readonly effect: Effect;
  readonly because: string;
}

/** What a change of one stack means to those who use its service; nothing where nothing interrupts it. */
export function interruptions(update: Update): Interruption[] {
  return [...movedAddress(update), ...allAtOnce(update), ...newAddress(update)];
}

/** The gravest of them. */
export const gravest = (effects: readonly Effect[]): Effect =>
  EFFECTS[Math.max(0, ...effects.map((effect) => EFFECTS.indexOf(effect)))] ?? 'none';

/** One instance with an Elastic IP address, which moves from the old instance to the new one. */
function movedAddress(update: Update): Interruption[] {
  const stays = resourcesOf(update.after).some(
    ([id, { Type }]) => Type === 'AWS::EC2::EIP' && update.before.Resources?.[id] !== undefined,
  );
  const instance = update.changes.find(isNewInstance);
  if (!stays || instance === undefined || isBehindLoadBalancer(update.after) || isNetwork(update.after)) return [];
  return [{ effect: 'seconds', because: 'the address moves to the new instance once that is healthy' }];
}

/** Whether a change starts another instance in the place of one that has the address. */
function isNewInstance({ type, action, properties }: ResourceChange): boolean {
  if (type === 'AWS::EC2::Instance') return action === 'replace' || action === 'add';
  if (type !== 'AWS::AutoScaling::AutoScalingGroup') return false;
  return (
    action !== 'update' || properties.some(({ name }) => name === 'LaunchTemplate' || name === 'MixedInstancesPolicy')
  );
}

const isBehindLoadBalancer = (template: Template): boolean =>
  resourcesOf(template).some(([, { Type }]) => Type === 'AWS::ElasticLoadBalancingV2::LoadBalancer');

/** The addresses of a network are those of its NAT gateways. */
const isNetwork = (template: Template): boolean =>
  resourcesOf(template).some(([, { Type }]) => Type === 'AWS::EC2::NatGateway');

/** The settings of Elastic Beanstalk that its instances take up in place, or that concern none of them. */
const WITHOUT_NEW_INSTANCES =
  /^aws:(autoscaling:(asg|trigger)|elasticbeanstalk:(cloudwatch|managedactions|healthreporting|sns|hostmanager|command)|elb|elbv2)/;

/** An environment of Elastic Beanstalk whose instances change all at once. */
function allAtOnce(update: Update): Interruption[] {
  return update.changes
    .filter(({ type, action }) => type === 'AWS::ElasticBeanstalk::Environment' && action === 'update')
    .filter((change) => {
      const [before, after] = [settingsOf(change.before), settingsOf(change.after)];
      const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
        (key) => before.get(key) !== after.get(key),
      );
      const isDeployed =
        change.properties.some(({ name }) => name === 'VersionLabel' || name === 'PlatformArn') ||
        changed.some((key) => !WITHOUT_NEW_INSTANCES.test(key));
      const policy = after.get('aws:elasticbeanstalk:command DeploymentPolicy');
      const isSingle = after.get('aws:elasticbeanstalk:environment EnvironmentType') === '"SingleInstance"';
      return isDeployed && (isSingle || policy === '"AllAtOnce"') && policy !== '"Immutable"';
    })
    .map(() => ({ effect: 'until healthy', because: 'its instances change all at once' }));
}

function settingsOf(resource: ResourceChange['before']): Map<string, string> {
  return new Map(
    list(property(resource, 'OptionSettings')).map((each) => {
      const { Namespace, OptionName, Value } = each as Readonly<Record<string, unknown>>;
      return [`${String(Namespace)} ${String(OptionName)}`, JSON.stringify(Value)];
    }),
  );
}

/** An address under which the service no longer answers. */
function newAddress(update: Update): Interruption[] {
  const [before, after] = [addresses(update, 'before'), addresses(update, 'after')];
  const gone = before.filter((address) => {
    // What answered over HTTP redirects to HTTPS on the same host.
    return !after.includes(address) && !after.includes(address.replace(/http:/, 'https:'));
  });
  return gone.length === 0 || before.length === 0
    ? []
    : [
        {
          effect: 'new address',
          because: 'the output Url changes, and the old address goes',
        },
      ];
}

/** The outputs that are addresses of the service; those of an old and a new resource differ. */
function addresses(update: Update, side: 'before' | 'after'): string[] {
  const replaced = new Set(update.changes.flatMap(({ id, action }) => (action === 'replace' ? [id] : [])));
  return Object.entries(update[side].Outputs ?? {})
    .filter(([name]) => name.endsWith('Url') && !name.includes('Queue'))
    .map(([, { Value }]) =>
      JSON.stringify(replaceReferences(Value, ({ id }) => (replaced.has(id) ? { [side]: id } : undefined))),
    );
}
