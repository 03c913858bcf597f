import { integer, oneOf, type Values } from '../options/kinds';
import type { Rule } from '../options/problems';
import type { SharedValues } from './options';
import { offered } from './regions';
import type { UrlAccess } from './service-url';
import { isOpenToAll } from './settings';

/** The options of every function that answers over HTTP. */
export const functionRows = {
  'lambda.timeoutSeconds': integer({
    min: 1,
    max: 900,
    unit: 's',
    default: 15,
    meaning: 'longest run of one invocation over HTTP',
  }),
  'lambda.urlAuth': oneOf({
    values: ['none', 'iam'],
    default: 'none',
    meaning:
      'who may call the function URL from access.allowedCidr: anybody, or principals that sign with IAM credentials',
  }),
};

export type FunctionValues = SharedValues & Values<typeof functionRows>;

/** Who may call a function URL, and from where. */
export const urlAccess = (values: FunctionValues): UrlAccess => ({
  auth: values.lambda.urlAuth,
  allowedCidrs: isOpenToAll(values) ? undefined : values.access.allowedCidr,
});

export const functionRules: readonly Rule<FunctionValues>[] = [
  offered(
    'functionUrls',
    'Lambda has no function URLs there; choose another region, or an option that runs containers, such as Fargate',
  ),
];
