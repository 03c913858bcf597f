import { leftBehind } from '../../../../tools/change/rules/left-behind';
import { changed, placesOf, ref } from '../changed';

const fn = (memory: number) => ({ Function: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: memory } } });
const version = (deletion: string) => ({
  Type: 'AWS::Lambda::Version',
  DeletionPolicy: deletion,
  Properties: { FunctionName: ref('Function') },
});

test('a retained version stays when the deployment that published it fails, and the next cannot publish it again', () => {
  const change = changed({ ...fn(512), One: version('Retain') }, { ...fn(1_024), Two: version('Retain') });
  expect(placesOf(leftBehind.find(change))).toEqual(['Stack Two']);
});

test('a retained resource with a name of its own stays likewise', () => {
  const table = { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'Retain', Properties: { TableName: 'thumbnails' } };
  expect(placesOf(leftBehind.find(changed({}, { Table: table })))).toEqual(['Stack Table']);
});

test('a retained bucket stays too, without anything that uses it', () => {
  const bucket = { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' };
  expect(placesOf(leftBehind.find(changed({}, { Bucket: bucket })))).toEqual(['Stack Bucket']);
});

test('what is deleted when its creation fails, and what was there before, is not left behind', () => {
  const logs = { Logs: { Type: 'AWS::Logs::LogGroup', DeletionPolicy: 'Retain' } };
  const after = { ...logs, ...fn(1_024), Two: version('RetainExceptOnCreate'), Topic: { Type: 'AWS::SNS::Topic' } };
  expect(leftBehind.find(changed({ ...logs, ...fn(512) }, after))).toEqual([]);
});
