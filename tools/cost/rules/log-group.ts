import { isPolled, servesRequests, share } from '../fronts';
import type { Usage, Rule, Scene } from '../rule';
import { number, type Resource } from '../template';

const KB_A_GB = 1_000_000;
const DAYS_A_MONTH = 730 / 24;
/** What Lambda itself writes of an invocation, in JSON: platform.start, platform.report (about 700 bytes here). */
const LAMBDA_KB = 0.7;

/** https://aws.amazon.com/cloudwatch/pricing/: each GB that comes in, and each that is kept, as raw as it came. */
export function billedLogs(requests: number, kb: number, days: number): Usage[] {
  const gb = (requests * kb) / KB_A_GB;
  return [
    { what: 'log that comes in', quantity: gb, price: 'logs.ingest' },
    { what: `log that is kept, ${days} days`, quantity: (gb * days) / DAYS_A_MONTH, price: 'logs.storage' },
  ];
}

/** A log group has the lines of a request where what serves requests writes to it. */
export const logGroup: Rule = {
  type: 'AWS::Logs::LogGroup',
  billed(group, { template, load }) {
    // Without a retention it grows for good; a year stands for that.
    const days = number(group, 'RetentionInDays') ?? 365;
    const writers = template.referringTo(group.id);
    const functions = writers.filter(
      ({ type, id }) => type === 'AWS::Lambda::Function' && servesRequests(template, id),
    );
    if (functions.length > 0) return billedLogs(share(template, load).requests, load.kbLog + LAMBDA_KB, days);
    const pipeline = writers.some((writer) => isPipeline(writer, { template, load }));
    if (pipeline) return billedLogs(load.uploads, load.kbLog + LAMBDA_KB, days);
    if (writers.some(({ type }) => REQUEST_WRITERS.includes(type)))
      return billedLogs(share(template, load).requests, load.kbLog, days);
    return [];
  },
};

const REQUEST_WRITERS = [
  'AWS::ECS::TaskDefinition',
  'AWS::EC2::Instance',
  'AWS::EC2::LaunchTemplate',
  'AWS::AutoScaling::AutoScalingGroup',
  'AWS::AutoScaling::LaunchConfiguration',
  'AWS::Lambda::WebFunction',
  'AWS::Lambda::WebFunctionRevision',
];

const isPipeline = ({ id, type }: Resource, { template }: Scene): boolean =>
  type === 'AWS::Lambda::Function' && isPolled(template, id);
