import { recordNames } from '../../../../tools/change/rules/record-names';
import { changed, placesOf } from '../changed';

const record = (properties: object) => ({
  Type: 'AWS::Route53::RecordSet',
  Properties: { HostedZoneId: 'Z0123456789ABCDEFGHIJ', Name: 'ec2.example.com.', Type: 'A', ...properties },
});

test('a record with another logical id, and the same name and type, is created while the old one stands', () => {
  const change = changed({ Name: record({ TTL: '60' }) }, { Other: record({ AliasTarget: {} }) });
  expect(placesOf(recordNames.find(change))).toEqual(['Stack Other']);
});

test('a record of another type or name, and one that changes in place, are no second ones', () => {
  const after = {
    Name: record({ TTL: '300' }),
    Six: record({ Type: 'AAAA' }),
    Other: record({ Name: 'ecs.example.com.' }),
  };
  expect(recordNames.find(changed({ Name: record({ TTL: '60' }) }, after))).toEqual([]);
});
