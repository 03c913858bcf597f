import { gatewayAttachments } from '../../../../tools/change/rules/gateway-attachments';
import { changed, placesOf, ref } from '../changed';

const gateway = {
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
  Gateway: { Type: 'AWS::EC2::InternetGateway' },
};
const attachment = {
  Type: 'AWS::EC2::VPCGatewayAttachment',
  Properties: { VpcId: ref('Vpc'), InternetGatewayId: ref('Gateway') },
};

test('an attachment with another logical id attaches a gateway and a VPC twice', () => {
  const change = changed({ ...gateway, Attachment: attachment }, { ...gateway, Other: attachment });
  expect(placesOf(gatewayAttachments.find(change))).toEqual(['Stack Other', 'Stack Other']);
});

test('an attachment that stays, beside one that a VPC gets as its first, is fine', () => {
  const other = { OtherVpc: gateway.Vpc, OtherGateway: gateway.Gateway };
  const second = { ...attachment, Properties: { VpcId: ref('OtherVpc'), InternetGatewayId: ref('OtherGateway') } };
  const after = { ...gateway, ...other, Attachment: attachment, Second: second };
  expect(gatewayAttachments.find(changed({ ...gateway, Attachment: attachment }, after))).toEqual([]);
});
