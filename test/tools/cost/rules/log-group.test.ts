import { cost, lines, SEOUL } from '../priced';

const definition = {
  Type: 'AWS::ECS::TaskDefinition',
  Properties: { ContainerDefinitions: [{ LogConfiguration: { Options: { 'awslogs-group': { Ref: 'It' } } } }] },
};

test('the log of what serves requests is billed as it comes in, and as long as it is kept', () => {
  const group = { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 } };
  // ten million x 0.5 kB = 5 GB x 0.50 = 2.50; kept 30 of 30.42 days: 4.932 GB-months x 0.03 = 0.148
  expect(lines('It', { It: group, Task: definition }, { requests: 1e7 })).toEqual({
    'log that comes in': 2.5,
    'log that is kept, 30 days': 0.15,
  });
  // Seoul: 5 GB x 0.76 = 3.80
  expect(lines('It', { It: group, Task: definition }, { requests: 1e7 }, { book: SEOUL })).toMatchObject({
    'log that comes in': 3.8,
  });
});

test('a log group that nothing of the service writes to is free', () => {
  expect(cost({ It: { Type: 'AWS::Logs::LogGroup' } }, { requests: 1e7 }).free.get('AWS::Logs::LogGroup')).toBe(1);
});
