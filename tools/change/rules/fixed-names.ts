import { twins } from '../coexistence';
import type { ChangeRule } from '../rule';
import { schemas } from '../schemas';

/** What tells two resources of a type apart where AWS's schema names an id that CloudFormation makes up. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'AWS::IAM::Policy': ['PolicyName', 'Roles', 'Users', 'Groups'],
  'AWS::EC2::SubnetRouteTableAssociation': ['SubnetId'],
  'AWS::SNS::TopicPolicy': ['Topics'],
  'AWS::SQS::QueuePolicy': ['Queues'],
  'AWS::EC2::SecurityGroupIngress': [
    ...['GroupId', 'IpProtocol', 'FromPort', 'ToPort'],
    ...['CidrIp', 'CidrIpv6', 'SourceSecurityGroupId', 'SourcePrefixListId'],
  ],
  'AWS::EC2::SecurityGroupEgress': [
    ...['GroupId', 'IpProtocol', 'FromPort', 'ToPort'],
    ...['CidrIp', 'CidrIpv6', 'DestinationSecurityGroupId', 'DestinationPrefixListId'],
  ],
};

/** These have rules of their own, which say more. */
const OTHERS = ['AWS::Route53::RecordSet', 'AWS::EC2::VPCGatewayAttachment'];

export const fixedNames: ChangeRule = {
  name: 'fixed names',
  promise: 'Nothing is created under a name, or for a parent, that an old resource of its kind still has.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      twins(update, (type, properties) => {
        const names = OTHERS.includes(type) ? [] : (KEYS[type] ?? schemas.identifier(type));
        const values = names.map((name) => properties[name]);
        const isKnown = KEYS[type] === undefined ? values.every((each) => each !== undefined) : true;
        return names.length > 0 && isKnown ? values : undefined;
      }).map(({ created, standing }) => {
        const shared = standing.id === created.id ? 'the old one' : standing.id;
        const names = KEYS[created.resource.Type] ?? schemas.identifier(created.resource.Type);
        return {
          stack: update.stack,
          resource: created.id,
          problem: `is created while ${shared} still has the same ${names.join(', ')}: it exists already, or is deleted with the old one`,
        };
      }),
    ),
};
