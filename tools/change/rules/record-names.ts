import { twins } from '../coexistence';
import type { ChangeRule } from '../rule';

export const recordNames: ChangeRule = {
  name: 'record names',
  promise: 'A hosted zone has one record of a name and type at any time.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      twins(update, (type, { HostedZoneId, HostedZoneName, Name, Type, SetIdentifier }) =>
        type === 'AWS::Route53::RecordSet' ? [HostedZoneId ?? HostedZoneName, Name, Type, SetIdentifier] : undefined,
      ).map(({ created, standing }) => ({
        stack: update.stack,
        resource: created.id,
        problem: `is created while ${standing.id} still has the name ${String(created.resource.Properties?.['Name'])}: "it already exists"`,
      })),
    ),
};
