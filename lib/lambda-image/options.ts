import { Duration } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { ImageVariant } from '../../docker/build';
import { integer, type Values } from '../options/kinds';
import type { ComputeOption } from '../shared/compute-option';
import { functionRows, functionRules, urlAccess, type FunctionValues } from '../shared/function-options';
import { lambdaServiceEnvironment } from '../shared/service-environment';
import { logSettings } from '../shared/settings';
import { LambdaImageStack } from './stack';

const rows = {
  ...functionRows,
  'lambdaImage.memoryMiB': integer({
    min: 256,
    max: 10_240,
    unit: 'MiB',
    default: 1_024,
    meaning: 'memory of the function that runs the image, and CPU with it; server and adapter are in it together',
  }),
};

type LambdaImageValues = FunctionValues & Values<typeof rows>;

/** On Graviton, as every function here: what `task.architecture` is by default, and so what tasks run. */
const IMAGE: ImageVariant = { architecture: 'arm64', target: 'lambda' };

export const lambdaImage = {
  id: 'LambdaImage',
  description: "The registry's image as a Lambda function, its HTTP server unmodified",
  rows,
  rules: functionRules,
  images: () => [IMAGE],
  comparison: {
    title: '[Lambda, from the image](docs/lambda-image.md)',
    scales: 'as `Lambda`',
    back: 'the same',
    measured: 'image-function',
    billedAs: 'Lambda',
  },
  create: (app, props, values, foundation) => {
    const { memoryMiB } = values.lambdaImage;
    const { repository, tag } = foundation.image(IMAGE);
    return new LambdaImageStack(app, 'LambdaImage', {
      ...props,
      image: Code.fromEcrImage(repository, { tagOrDigest: tag }),
      memoryMiB,
      timeout: Duration.seconds(values.lambda.timeoutSeconds),
      environment: lambdaServiceEnvironment('lambda-image', values, memoryMiB),
      access: urlAccess(values),
      logs: logSettings(values),
      alarmEmail: values.alarms.email,
    });
  },
} satisfies ComputeOption<LambdaImageValues>;
