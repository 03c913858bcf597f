import { ACCEPTED_BY_CFN_LINT, ACCEPTED_BY_CHECKOV } from '../../../tools/lint/accepted';
import { cfnLintErrors } from '../../../tools/lint/cfn-lint';
import { checkovFailures } from '../../../tools/lint/checkov';
import { judge, type Finding } from '../../../tools/lint/finding';

const finding = (rule: string, template: string, resource: string): Finding => ({
  rule,
  template,
  resource,
  message: 'wrong',
});
const TOPICS = { rule: 'CKV_AWS_26', where: [/ AlarmsTopic$/], reason: 'A key costs money.' };

describe('the list of what is accepted', () => {
  test('accepts a finding by its rule and its place, whatever hash CDK has given the resource', () => {
    const found = [
      finding('CKV_AWS_26', 'sandbox Ec2', 'AlarmsTopic3A2DFEBA'),
      finding('CKV_AWS_26', 'production Ec2', 'AlarmsTopicFFFFFFFF'),
    ];
    expect(judge(found, [TOPICS])).toEqual({ refused: [], stale: [] });
  });

  test('accepts an instance, whose logical id ends with a hash of its user data too', () => {
    const accepted = { rule: 'CKV_AWS_88', where: [/^sandbox Ec2 Instance$/], reason: 'It has an address.' };
    const found = [finding('CKV_AWS_88', 'sandbox Ec2', 'InstanceC1063A87c76fdf29bee418ca')];
    expect(judge(found, [accepted])).toEqual({ refused: [], stale: [] });
  });

  test('refuses a new rule, and a known rule in a new place', () => {
    const known = finding('CKV_AWS_26', 'sandbox Ec2', 'AlarmsTopic3A2DFEBA');
    const newRule = finding('CKV_AWS_999', 'sandbox Ec2', 'AlarmsTopic3A2DFEBA');
    const newPlace = finding('CKV_AWS_26', 'sandbox Ec2', 'OrdersTopic3A2DFEBA');
    expect(judge([known, newRule, newPlace], [TOPICS]).refused).toEqual([newRule, newPlace]);
  });

  test('names each place in which a rule is found no longer', () => {
    const accepted = { ...TOPICS, where: [/ AlarmsTopic$/, / Registry \w+$/] };
    const found = [finding('CKV_AWS_26', 'sandbox Ec2', 'AlarmsTopic3A2DFEBA')];
    expect(judge(found, [accepted]).stale).toEqual([String.raw`CKV_AWS_26 / Registry \w+$/`]);
  });

  test.each([
    ['cfn-lint', ACCEPTED_BY_CFN_LINT],
    ['checkov', ACCEPTED_BY_CHECKOV],
  ])('has each rule of %s once, with a reason of one sentence or more', (_linter, list) => {
    const rules = list.map(({ rule }) => rule);
    expect(new Set(rules).size).toBe(rules.length);
    for (const { reason } of list) expect(reason).toMatch(/^.{60,}\.$/);
  });
});

describe('the report of cfn-lint', () => {
  const match = (level: string, at: (string | number)[] | null) => ({
    Filename: '/tmp/x/us-east-1/sandbox/Ec2.json',
    Level: level,
    Message: "'Nowhere' is wrong",
    Rule: { Id: 'E3002', Source: 'https://example.com' },
    Location: { Path: at, Start: { LineNumber: 1 } },
  });
  const errors = (...matches: unknown[]) => cfnLintErrors(JSON.stringify(matches));

  test('gives errors by preset, stack and resource, and no warnings', () => {
    const path = ['Resources', 'Topic1', 'Properties', 'Tags', 0];
    expect(errors(match('Error', path), match('Warning', path), match('Informational', path))).toEqual([
      {
        rule: 'E3002',
        template: 'sandbox Ec2',
        resource: 'Topic1',
        message: "Properties/Tags/0: 'Nowhere' is wrong",
      },
    ]);
  });

  test('gives an error once that several regions have', () => {
    expect(errors(match('Error', ['Resources', 'A']), match('Error', ['Resources', 'A']))).toHaveLength(1);
  });

  test('gives what is in no resource by its path, and what is in no place at all', () => {
    expect(errors(match('Error', ['Outputs', 'Url', 'Value']), match('Error', null))).toMatchObject([
      { resource: 'Outputs/Url/Value' },
      { resource: '' },
    ]);
  });
});

describe('the report of checkov', () => {
  const failed = {
    check_id: 'CKV_AWS_26',
    check_name: 'Ensure that the topic is encrypted',
    file_path: '/us-east-1+cn-north-1/production/Ec2.json',
    resource: 'AWS::SNS::Topic.AlarmsTopic3A2DFEBA',
  };

  test('gives failed checks by preset, stack and resource', () => {
    const report = { results: { failed_checks: [failed] }, summary: { parsing_errors: 0, resource_count: 3 } };
    expect(checkovFailures(JSON.stringify(report))).toEqual([
      {
        rule: 'CKV_AWS_26',
        template: 'production Ec2',
        resource: 'AlarmsTopic3A2DFEBA',
        message: 'Ensure that the topic is encrypted',
      },
    ]);
  });

  test('is no clean bill where a template could not be read, or none was there', () => {
    const report = (summary: object) => JSON.stringify({ results: { failed_checks: [] }, summary });
    expect(() => checkovFailures(report({ parsing_errors: 1, resource_count: 3 }))).toThrow(
      'could not read 1 template',
    );
    expect(() => checkovFailures('{"passed": 0, "failed": 0, "parsing_errors": 0, "resource_count": 0}')).toThrow(
      'found no resource',
    );
  });
});
