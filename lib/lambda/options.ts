import { Duration } from 'aws-cdk-lib';
import { integer, integers, oneOf, type Values } from '../options/kinds';
import type { Rule } from '../options/problems';
import type { ComputeOption } from '../shared/compute-option';
import { functionRows, functionRules, urlAccess, type FunctionValues } from '../shared/function-options';
import { lambdaServiceEnvironment, pipelineServiceEnvironment } from '../shared/service-environment';
import { dataRemovalPolicy, logSettings, night } from '../shared/settings';
import { LAMBDA_DEPLOYMENTS } from './gradual-deployment';
import { LambdaStack } from './stack';

const rows = {
  'lambda.memoryMiB': integer({
    min: 128,
    max: 10_240,
    unit: 'MiB',
    default: 1_024,
    meaning: "memory of the service's function, and CPU with it: one vCPU at 1,769 MiB, six at 10,240",
  }),
  'lambda.ephemeralMiB': integer({
    min: 512,
    max: 10_240,
    unit: 'MiB',
    default: 512,
    meaning: "size of /tmp of the service's two functions, billed above 512; the service itself writes nothing there",
  }),
  ...functionRows,
  'lambda.deployment': oneOf({
    values: LAMBDA_DEPLOYMENTS,
    default: { sandbox: 'all-at-once', production: 'canary' },
    meaning:
      'how a new version takes over: at once, 10 % more every 2 minutes, or 10 % for 10 minutes; the last two go back on alarm',
  }),
  'lambda.reservedConcurrency': integer({
    min: 0,
    max: 10_000,
    default: 0,
    meaning:
      "executions of the service at once, no more and for nothing else, of the account's; 0: as many as are left; a new account has none to reserve",
  }),
  'lambda.provisionedConcurrency': integer({
    min: 0,
    max: 1_000,
    default: 0,
    meaning: 'execution environments kept initialised, billed by the hour; a new account has 10 environments in all',
  }),
  'lambda.nightProvisionedConcurrency': integer({
    min: 0,
    max: 1_000,
    default: {
      sandbox: { sameAs: 'lambda.provisionedConcurrency' },
      production: { sameAs: 'lambda.provisionedConcurrency' },
    },
    meaning: 'the same by night, as schedule.night has it',
  }),
  'lambda.keepWarmMinutes': integer({
    min: 0,
    max: 15,
    unit: 'minutes',
    default: 0,
    meaning: 'how often a schedule asks the function for its health, which keeps one environment warm; 0: never',
  }),
  'lambda.pipelineWidths': integers({
    min: 16,
    max: 2_048,
    most: 5,
    unit: 'pixels',
    default: [160, 320, 640],
    meaning: 'widths of the thumbnails that are made of each upload',
  }),
  'lambda.pipelineMemoryMiB': integer({
    // Room for two of the largest uploads that may be allowed, 200 MiB, beside 112 MiB for the AWS SDK and the image
    // library, and 128 MiB to decode a plain JPEG of 50 megapixels. Measured at 512 with ten in a batch: 384 MiB for
    // JPEGs of 98 MiB, 321 for progressive ones of 31 MiB.
    min: 512,
    max: 10_240,
    unit: 'MiB',
    default: 1_024,
    meaning: 'memory of the function that makes thumbnails of uploads, and CPU with it',
  }),
  'lambda.pipelineMaxMiB': integer({
    min: 1,
    max: 100,
    unit: 'MiB',
    default: 32,
    meaning: 'largest upload that thumbnails are made of; two of them are in memory at once, if not more',
  }),
  'lambda.pipelineConcurrency': integer({
    min: 2,
    max: 1_000,
    default: { sandbox: 2, production: 5 },
    meaning: 'executions of the pipeline at once; a new account has 10 in all, and the service needs some of them',
  }),
  'lambda.pipelineTimeoutSeconds': integer({
    min: 1,
    max: 900,
    unit: 's',
    default: 60,
    meaning: 'longest run of one invocation of the pipeline, which handles up to ten uploads',
  }),
};

type LambdaValues = FunctionValues & Values<typeof rows>;

const rules: readonly Rule<LambdaValues>[] = [
  ...functionRules,
  {
    about: ['lambda.nightProvisionedConcurrency', 'schedule.night'],
    problem: (values) => {
      const { provisionedConcurrency, nightProvisionedConcurrency } = values.lambda;
      return nightProvisionedConcurrency !== provisionedConcurrency && night(values) === undefined
        ? 'without a night it is never used; set schedule.night, such as 23:00-07:00 Etc/UTC'
        : undefined;
    },
  },
  {
    about: ['lambda.provisionedConcurrency', 'lambda.reservedConcurrency'],
    problem: ({ lambda: { provisionedConcurrency, nightProvisionedConcurrency, reservedConcurrency } }) => {
      const most = Math.max(provisionedConcurrency, nightProvisionedConcurrency);
      return reservedConcurrency > 0 && most > reservedConcurrency
        ? `what is provisioned is of what is reserved; set lambda.reservedConcurrency to ${most} or more`
        : undefined;
    },
  },
];

export const lambda = {
  id: 'Lambda',
  description: 'The service as a Lambda function behind a function URL',
  rows,
  rules,
  comparison: {
    title: '[Lambda](docs/lambda.md)',
    scales: "by itself, to the account's concurrency",
    back: 'the alias goes back to the version before',
    measured: 'function',
  },
  create: (app, props, values) => {
    const { lambda: own } = values;
    const window = night(values);
    const { provisionedConcurrency, nightProvisionedConcurrency } = own;
    return new LambdaStack(app, 'Lambda', {
      ...props,
      memoryMiB: own.memoryMiB,
      ephemeralMiB: own.ephemeralMiB,
      timeout: Duration.seconds(own.timeoutSeconds),
      environment: lambdaServiceEnvironment('lambda', values, own.memoryMiB),
      access: urlAccess(values),
      deployment: own.deployment,
      reservedConcurrency: own.reservedConcurrency > 0 ? own.reservedConcurrency : undefined,
      provisionedConcurrency,
      night:
        window && nightProvisionedConcurrency !== provisionedConcurrency
          ? { window, provisionedConcurrency: nightProvisionedConcurrency }
          : undefined,
      keepWarmEvery: own.keepWarmMinutes > 0 ? Duration.minutes(own.keepWarmMinutes) : undefined,
      pipeline: {
        widths: own.pipelineWidths,
        memoryMiB: own.pipelineMemoryMiB,
        ephemeralMiB: own.ephemeralMiB,
        timeout: Duration.seconds(own.pipelineTimeoutSeconds),
        concurrency: own.pipelineConcurrency,
        environment: pipelineServiceEnvironment(values, own.pipelineMaxMiB),
      },
      removalPolicy: dataRemovalPolicy(values),
      logs: logSettings(values),
      alarmEmail: values.alarms.email,
    });
  },
} satisfies ComputeOption<LambdaValues>;
