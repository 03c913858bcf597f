import { Duration } from 'aws-cdk-lib';
import { FRAMEWORK_MEMORY_MIB } from '../../packaging/framework-packages';
import { flag, integer, type Values } from '../options/kinds';
import type { ComputeOption } from '../shared/compute-option';
import { functionRows, functionRules, urlAccess, type FunctionValues } from '../shared/function-options';
import { lambdaServiceEnvironment } from '../shared/service-environment';
import { logSettings } from '../shared/settings';
import { FrameworksStack } from './stack';

const rows = {
  ...functionRows,
  'frameworks.memoryMiB': integer({
    min: 512,
    max: 10_240,
    unit: 'MiB',
    default: FRAMEWORK_MEMORY_MIB,
    meaning:
      "memory of each framework's function, and CPU with it; with less than 1,024 the Python ones take smaller pictures; 512 at least, since a JVM with Spring takes 200 before its first request",
  }),
  'frameworks.snapStart': flag({
    default: false,
    meaning: 'start the Java and Python frameworks from a snapshot, where the region has SnapStart; billed for Python',
  }),
};

type FrameworksValues = FunctionValues & Values<typeof rows>;

export const frameworks = {
  id: 'Frameworks',
  description: 'The same contract in six web frameworks on Lambda',
  rows,
  rules: functionRules,
  create: (app, props, values) => {
    const { memoryMiB, snapStart } = values.frameworks;
    return new FrameworksStack(app, 'Frameworks', {
      ...props,
      memoryMiB,
      snapStart,
      timeout: Duration.seconds(values.lambda.timeoutSeconds),
      environment: lambdaServiceEnvironment('frameworks', values, memoryMiB),
      access: urlAccess(values),
      logs: logSettings(values),
      alarmEmail: values.alarms.email,
    });
  },
} satisfies ComputeOption<FrameworksValues>;
