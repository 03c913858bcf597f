import { twins } from '../coexistence';
import type { ChangeRule } from '../rule';

export const gatewayAttachments: ChangeRule = {
  name: 'gateway attachments',
  promise: 'A VPC has one internet gateway, and a gateway one VPC, at any time.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      ['VpcId', 'InternetGatewayId'].flatMap((end) =>
        twins(update, (type, properties) =>
          type === 'AWS::EC2::VPCGatewayAttachment' && properties['InternetGatewayId'] !== undefined
            ? properties[end]
            : undefined,
        ).map(({ created, standing }) => ({
          stack: update.stack,
          resource: created.id,
          problem: `is created while ${standing.id} still has the same ${end}: "Resource.AlreadyAssociated"`,
        })),
      ),
    ),
};
