import { takenAway } from '../../../../tools/change/rules/taken-away';
import { changed, getAtt, placesOf, ref } from '../changed';

const group = (...ports: number[]) => ({
  Type: 'AWS::EC2::SecurityGroup',
  Properties: {
    SecurityGroupIngress: ports.map((port) => ({
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
      CidrIp: '0.0.0.0/0',
    })),
  },
});
const instance = (image: string) => ({
  Type: 'AWS::EC2::Instance',
  Properties: { ImageId: image, SecurityGroupIds: [getAtt('Group', 'GroupId')], IamInstanceProfile: ref('Profile') },
});
const role = (...actions: string[]) => ({
  Role: { Type: 'AWS::IAM::Role' },
  Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [ref('Role')] } },
  Policy: {
    Type: 'AWS::IAM::Policy',
    Properties: { Roles: [ref('Role')], PolicyDocument: { Statement: [{ Action: actions }] } },
  },
});

test('a port that closes while the instance behind it still serves cuts it off', () => {
  const change = changed(
    { Group: group(80), Instance: instance('ami-1') },
    { Group: group(), Other: instance('ami-1') },
  );
  expect(placesOf(takenAway.find(change))).toEqual(['Stack Group']);
});

test('a port that stays open to fewer addresses is as it is asked for; one that the load balancer alone keeps is closed', () => {
  const open = (...peers: Record<string, unknown>[]) => ({
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      SecurityGroupIngress: peers.map((peer) => ({ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, ...peer })),
    },
  });
  const [v4, v6, balancer] = [{ CidrIp: '0.0.0.0/0' }, { CidrIpv6: '::/0' }, { SourceSecurityGroupId: 'sg-1' }];
  const from = { Group: open(v4, v6, balancer), Instance: instance('ami-1') };
  const to = (...peers: Record<string, unknown>[]) => ({ Group: open(...peers), Instance: instance('ami-2') });
  expect(takenAway.find(changed(from, to(v4, balancer)))).toEqual([]);
  expect(placesOf(takenAway.find(changed(from, to(balancer))))).toEqual(['Stack Group']);
  expect(placesOf(takenAway.find(changed(from, to(v4, v6))))).toEqual(['Stack Group']);
});

test('a permission that goes while the instance that has it still serves may be needed', () => {
  const before = { ...role('s3:GetObject', 's3:PutObject'), Instance: instance('ami-1') };
  const change = changed(before, { ...role('s3:GetObject'), Instance: instance('ami-2') });
  expect(placesOf(takenAway.find(change))).toEqual(['Stack Policy']);
});

test('a port or a permission that is added, or that goes from what stays, is as it is asked for', () => {
  const before = { ...role('s3:GetObject'), Group: group(80), Instance: instance('ami-1') };
  const added = { ...role('s3:GetObject', 's3:PutObject'), Group: group(80, 443), Instance: instance('ami-2') };
  expect(takenAway.find(changed(before, added))).toEqual([]);
  expect(takenAway.find(changed(before, { ...role(), Group: group(), Instance: instance('ami-1') }))).toEqual([]);
});
