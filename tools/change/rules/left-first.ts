import type { Change } from '../change';
import type { Update } from '../plan';
import type { ChangeRule, Fault } from '../rule';
import { stackReferences } from '../stack-references';
import { property, referredIds, resourcesOf, type Template } from '../template';

export const leftFirst: ChangeRule = {
  name: 'left first',
  promise: 'Nothing that another stack uses is removed before that stack has left it.',
  find: (change) =>
    change.updates.flatMap((producer) =>
      change.updates.flatMap((reader) => {
        const used = usedBy(change, producer, reader);
        return [
          ...removed(producer, reader, used),
          ...withoutIpv6(producer, reader, used),
          ...cutOff(producer, reader, used),
        ];
      }),
    ),
};

/** The resources of one stack that another one uses, before the change. */
function usedBy(change: Change, producer: Update, reader: Update): Set<string> {
  const outputs = stackReferences(reader.before, change.before).filter(({ stack }) => stack === producer.stack);
  return new Set(outputs.flatMap(({ output }) => [...referredIds(producer.before.Outputs?.[output]?.Value)]));
}

const removed = (producer: Update, reader: Update, used: ReadonlySet<string>): Fault[] =>
  producer.changes
    .filter(({ id, action }) => used.has(id) && (action === 'remove' || action === 'replace'))
    .map(({ id }) => ({
      stack: producer.stack,
      resource: id,
      problem: `is deleted at the end of the deployment of ${producer.stack}, and ${reader.stack}, which is in it, is deployed after that`,
    }));

/** A subnet that stays and loses its IPv6 block, of which load balancers and tasks in it have addresses. */
const withoutIpv6 = (producer: Update, reader: Update, used: ReadonlySet<string>): Fault[] =>
  producer.changes
    .filter(({ type, action }) => type === 'AWS::EC2::SubnetCidrBlock' && (action === 'remove' || action === 'replace'))
    .filter(({ before }) => [...referredIds(property(before, 'SubnetId'))].some((subnet) => used.has(subnet)))
    .map(({ id }) => ({
      stack: producer.stack,
      resource: id,
      problem: `is taken from its subnet while ${reader.stack} is in it, which may have addresses of it: AWS refuses that`,
    }));

/** A subnet that stays and loses its way out. */
const cutOff = (producer: Update, reader: Update, used: ReadonlySet<string>): Fault[] =>
  producer.changes
    .filter(({ type, action }) => type === 'AWS::EC2::Route' && action === 'remove')
    .filter(({ id }) => !hasSuccessor(producer.after, producer.before, id))
    .flatMap(({ id, before }) =>
      subnetsOf(producer.before, [...referredIds(property(before, 'RouteTableId'))])
        .filter((subnet) => used.has(subnet) && producer.after.Resources?.[subnet] !== undefined)
        .map((subnet) => ({
          stack: producer.stack,
          resource: id,
          problem: `is deleted, and with it the way out of ${subnet}, while ${reader.stack} still is in it`,
        })),
    );

const subnetsOf = (template: Template, tables: readonly string[]): string[] =>
  resourcesOf(template)
    .filter(([, { Type }]) => Type === 'AWS::EC2::SubnetRouteTableAssociation')
    .filter(([, resource]) =>
      [...referredIds(property(resource, 'RouteTableId'))].some((table) => tables.includes(table)),
    )
    .flatMap(([, resource]) => [...referredIds(property(resource, 'SubnetId'))]);

const DESTINATION = ['RouteTableId', 'DestinationCidrBlock', 'DestinationIpv6CidrBlock'];

/** Whether another route leads to the same addresses. */
function hasSuccessor(after: Template, before: Template, id: string): boolean {
  const key = (template: Template, each: string): string =>
    JSON.stringify(DESTINATION.map((name) => property(template.Resources?.[each], name)));
  return resourcesOf(after).some(
    ([each, { Type }]) => Type === 'AWS::EC2::Route' && key(after, each) === key(before, id),
  );
}
