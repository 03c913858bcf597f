import { integer, oneOf, type Values } from '../options/kinds';
import type { Rule } from '../options/problems';
import type { SharedValues } from './options';
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
    meaning: 'who may call the function URL: anybody, or principals that sign with IAM credentials',
  }),
};

export type FunctionValues = SharedValues & Values<typeof functionRows>;

/** Whether everybody may call the function URL: with narrowed addresses, callers sign instead. */
export const isPublic = (values: FunctionValues): boolean => values.lambda.urlAuth === 'none' && isOpenToAll(values);

export const functionRules: readonly Rule<FunctionValues>[] = [
  {
    about: ['lambda.urlAuth', 'access.allowedCidr'],
    problem: (values, given) =>
      given.has('lambda.urlAuth') && values.lambda.urlAuth === 'none' && !isOpenToAll(values)
        ? "a public function URL can't be narrowed by address; leave lambda.urlAuth out or set iam"
        : undefined,
  },
];
