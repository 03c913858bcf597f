import { Duration } from 'aws-cdk-lib';
import { z } from 'zod';
import { integer, oneOf, option, text, type Values } from '../options/kinds';
import type { Rule } from '../options/problems';
import type { ComputeOption } from '../shared/compute-option';
import type { SharedValues } from '../shared/options';
import { offered } from '../shared/regions';
import { serviceEnvironment } from '../shared/service-environment';
import { isOpenToAll, logSettings } from '../shared/settings';
import { WebFunctionStack } from './stack';

/** What Lambda takes (CloudFormation Template Reference, "AWS::Lambda::WebFunctionEndpoint ThrottleConfig"). */
const isRateLimit = (rate: number): boolean =>
  rate === 0 || (rate >= 100 && rate <= 10_000 && rate % (rate <= 1_000 ? 100 : 1_000) === 0);

const rows = {
  'webFunction.timeoutSeconds': integer({
    min: 3,
    max: 900,
    unit: 's',
    default: 30,
    meaning: 'longest time of one request, its upload included; then Lambda answers 504',
  }),
  'webFunction.maxConcurrencyPerEnvironment': integer({
    min: 1,
    max: 128,
    default: 8,
    meaning:
      'requests at once in one execution environment of 2 vCPU and 2 GB; Lambda keeps to fewer where the CPU is busy, and starts another',
  }),
  'webFunction.maxEnvironments': integer({
    min: 2,
    max: 1_000,
    default: { sandbox: 2, production: 20 },
    meaning:
      'execution environments at once; an account has 2,000 vCPU by default, two for each, and a new account less',
  }),
  'webFunction.rateLimit': option<number>({
    schema: z.preprocess(
      (value) => (typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value),
      z.int().refine(isRateLimit),
    ),
    allowed: '0, 100 to 1,000 in hundreds, or 2,000 to 10,000 in thousands',
    default: { sandbox: 100, production: 1_000 },
    unit: 'requests a second',
    meaning: 'what the endpoint takes, 429 beyond it; 0 refuses all; some regions have fewer values',
  }),
  'webFunction.auth': oneOf({
    values: ['none', 'iam'],
    default: 'none',
    meaning: 'who may call the endpoint: anybody, or principals that sign with IAM credentials',
  }),
  'webFunction.earlierRevision': text({
    pattern: /^[A-Za-z0-9_-]{1,256}$/,
    allowed: 'the id of a revision, as the output RevisionId gave it',
    default: undefined,
    meaning:
      'a revision of before that answers webFunction.earlierPercent of the requests: to shift slowly, or to go back',
  }),
  'webFunction.earlierPercent': integer({
    min: 0,
    max: 100,
    unit: '%',
    default: 0,
    meaning: 'share of the requests that webFunction.earlierRevision answers; 100 goes back to it',
  }),
};

type WebFunctionValues = SharedValues & Values<typeof rows>;

const rules: readonly Rule<WebFunctionValues>[] = [
  offered(
    'webFunctions',
    'Lambda has no Web Functions there; choose another region, or an option that runs the same server, such as Fargate',
  ),
  {
    about: ['webFunction.auth', 'access.allowedCidr'],
    problem: (values, given) =>
      given.has('webFunction.auth') && values.webFunction.auth === 'none' && !isOpenToAll(values)
        ? "a public endpoint can't be narrowed by address; leave webFunction.auth out or set iam"
        : undefined,
  },
  {
    about: ['webFunction.earlierPercent', 'webFunction.earlierRevision'],
    problem: ({ webFunction: { earlierPercent, earlierRevision } }) =>
      earlierPercent > 0 && earlierRevision === undefined
        ? 'it needs the revision that answers them; set webFunction.earlierRevision'
        : undefined,
  },
  {
    about: ['webFunction.earlierRevision', 'webFunction.earlierPercent'],
    problem: ({ webFunction: { earlierPercent, earlierRevision } }) =>
      earlierRevision !== undefined && earlierPercent === 0
        ? 'it would answer no request; set webFunction.earlierPercent to 1 or more, or leave both out'
        : undefined,
  },
];

export const webFunction = {
  id: 'WebFunction',
  description: 'The service as a Lambda Web Function, its HTTP server unmodified',
  rows,
  rules,
  comparison: {
    title: '[Lambda Web Functions](docs/web-function.md)',
    scales: 'by itself',
    back: 'any kept revision, by its id',
    measured: 'web-function',
  },
  create: (app, props, values) => {
    const { earlierRevision, earlierPercent, ...own } = values.webFunction;
    return new WebFunctionStack(app, 'WebFunction', {
      ...props,
      timeout: Duration.seconds(own.timeoutSeconds),
      maxConcurrencyPerEnvironment: own.maxConcurrencyPerEnvironment,
      maxEnvironments: own.maxEnvironments,
      rateLimit: own.rateLimit,
      environment: {
        ...serviceEnvironment('web-function', values),
        // Lambda lets requests end before it sends SIGTERM, and ends the process 1 s after it.
        SERVICE_DRAIN_SECONDS: '1',
      },
      isPublic: own.auth === 'none' && isOpenToAll(values),
      earlier: earlierRevision === undefined ? undefined : { revisionId: earlierRevision, percent: earlierPercent },
      logs: logSettings(values),
      alarmEmail: values.alarms.email,
    });
  },
} satisfies ComputeOption<WebFunctionValues>;
