import { integer, oneOf, type Values } from '../options/kinds';
import type { ComputeOption } from '../shared/compute-option';
import type { SharedValues } from '../shared/options';
import { dataRemovalPolicy, logSettings } from '../shared/settings';
import { RegistryStack } from './stack';

const rows = {
  'registry.build': oneOf({
    values: ['local', 'codebuild'],
    default: 'local',
    meaning: 'who builds the image: Docker on the machine that deploys, or CodeBuild in the account',
  }),
  'registry.keepImages': integer({
    min: 2,
    max: 1_000,
    default: 10,
    meaning: 'images kept for a roll back; older ones expire',
  }),
};

type RegistryValues = SharedValues & Values<typeof rows>;

export const registry = {
  id: 'Registry',
  description: 'A private ECR repository with the image of the service',
  rows,
  rules: [],
  create: (app, props, values, { images }) => {
    const [first, ...others] = images;
    if (first === undefined) throw new Error('No compute option runs an image');
    return new RegistryStack(app, 'Registry', {
      ...props,
      images: [first, ...others],
      build: values.registry.build,
      keepImages: values.registry.keepImages,
      removalPolicy: dataRemovalPolicy(values),
      logs: logSettings(values),
    });
  },
} satisfies ComputeOption<RegistryValues>;
