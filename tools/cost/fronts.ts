import type { Load } from './load';
import { property, text, type Resource, type Template } from './template';

const WEB_ENDPOINT = 'AWS::Lambda::WebFunctionEndpoint';

const BY_THEMSELVES = [
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::ElasticLoadBalancing::LoadBalancer',
  'AWS::ElasticBeanstalk::Environment',
  'AWS::Lambda::Url',
  WEB_ENDPOINT,
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGatewayV2::Api',
];

/**
 * The resources of a template at which requests arrive: load balancers, environments, function URLs, APIs, and where
 * there is none of them the instances and tasks that have an address of their own.
 */
export function fronts(template: Template): Resource[] {
  const found = template.resources.filter(({ type }) => BY_THEMSELVES.includes(type)).filter(isFirstOfItsFunction);
  if (found.length > 0) return found;
  return template.resources.filter(
    (resource) =>
      resource.type === 'AWS::EC2::Instance' ||
      (resource.type === 'AWS::ECS::Service' &&
        text(resource, 'NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp') === 'ENABLED'),
  );
}

/** Several endpoints of one Web Function bring it no more requests than one. */
function isFirstOfItsFunction(front: Resource, index: number, all: readonly Resource[]): boolean {
  const sameFunction = ({ type, properties }: Resource): boolean =>
    type === front.type &&
    JSON.stringify(properties['FunctionName']) === JSON.stringify(front.properties['FunctionName']);
  return front.type !== WEB_ENDPOINT || all.findIndex(sameFunction) === index;
}

/** The load of one front: a stack with several, such as one that compares, has an even share of it at each. */
export function share(template: Template, load: Load): Load {
  const count = Math.max(1, fronts(template).length);
  return { ...load, requests: load.requests / count };
}

/** Whether requests from outside are what calls a function: through a URL, or an API that may invoke it. */
export function servesRequests(template: Template, functionId: string): boolean {
  const ids = [functionId, ...template.referringTo(functionId, 'AWS::Lambda::Alias').map(({ id }) => id)];
  const called = (id: string): boolean =>
    template.referringTo(id, 'AWS::Lambda::Url').length > 0 ||
    template
      .referringTo(id, 'AWS::Lambda::Permission')
      .some((permission) => property(permission, 'Principal') === 'apigateway.amazonaws.com');
  return ids.some(called);
}

/** Whether a queue or a stream is what calls a function, or an alias of it. */
export const isPolled = (template: Template, functionId: string): boolean =>
  [functionId, ...template.referringTo(functionId, 'AWS::Lambda::Alias').map(({ id }) => id)].some(
    (id) => template.referringTo(id, 'AWS::Lambda::EventSourceMapping').length > 0,
  );
