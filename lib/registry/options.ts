import { integer, oneOf, type Values } from '../options/kinds';
import type { Rule } from '../options/problems';
import type { ComputeOption } from '../shared/compute-option';
import type { SharedValues } from '../shared/options';
import { isOffered } from '../shared/regions';
import { dataRemovalPolicy, logSettings } from '../shared/settings';
import { RegistryStack } from './stack';

const rows = {
  'registry.build': oneOf({
    values: ['local', 'codebuild'],
    default: 'local',
    meaning: 'who builds the image: Docker on the machine that deploys, or CodeBuild in the account',
  }),
  'registry.keepDays': integer({
    min: 90,
    max: 3_650,
    unit: 'days',
    formerly: 'registry.keepImages',
    default: 365,
    meaning: 'days after its last pull until an image is deleted; each start of a task pulls its image',
  }),
};

type RegistryValues = SharedValues & Values<typeof rows>;

const rules: readonly Rule<RegistryValues>[] = [
  {
    about: ['registry.build', 'region'],
    problem: ({ registry: { build }, region }) =>
      build === 'codebuild' && !isOffered('codeBuild', region)
        ? 'CodeBuild is not offered there; set registry.build to local, or choose another region'
        : undefined,
  },
];

export const registry = {
  id: 'Registry',
  description: 'A private ECR repository with the image of the service',
  rows,
  rules,
  create: (app, props, values, { images }) => {
    const [first, ...others] = images;
    if (first === undefined) throw new Error('No compute option runs an image');
    return new RegistryStack(app, 'Registry', {
      ...props,
      images: [first, ...others],
      build: values.registry.build,
      keepDays: values.registry.keepDays,
      removalPolicy: dataRemovalPolicy(values),
      logs: logSettings(values),
    });
  },
} satisfies ComputeOption<RegistryValues>;
