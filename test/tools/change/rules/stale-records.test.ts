import { staleRecords } from '../../../../tools/change/rules/stale-records';
import { changed, placesOf } from '../changed';

const record = (host: string, seconds: string) => ({
  Name: { Type: 'AWS::Route53::RecordSet', Properties: { Type: 'CNAME', TTL: seconds, ResourceRecords: [host] } },
});
const alias = (host: string) => ({
  Name: { Type: 'AWS::Route53::RecordSet', Properties: { Type: 'A', AliasTarget: { DNSName: host } } },
});

test('a record that resolvers keep for half an hour points at what is gone', () => {
  const change = changed(record('old.example.com', '1800'), record('new.example.com', '1800'));
  expect(placesOf(staleRecords.find(change))).toEqual(['Stack Name']);
});

test('an alias record, a short time to live, and a record whose host stays are fine', () => {
  expect(staleRecords.find(changed(alias('old'), alias('new')))).toEqual([]);
  expect(staleRecords.find(changed(record('old', '60'), record('new', '60')))).toEqual([]);
  expect(staleRecords.find(changed(record('old', '1800'), record('old', '60')))).toEqual([]);
});
