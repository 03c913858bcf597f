import type { Rule } from '../rule';
import { text, type Resource } from '../template';

/** https://aws.amazon.com/ecr/pricing/: by the GB that is kept: as many images as the lifecycle policy keeps of one kind. */
export const ecrRepository: Rule = {
  type: 'AWS::ECR::Repository',
  billed(repository, { load }) {
    const images = imagesKept(repository);
    return [{ what: `${images} images`, quantity: (images * load.imageMb) / 1_000, price: 'ecr.storage' }];
  },
};

function imagesKept(repository: Resource): number {
  const policy = text(repository, 'LifecyclePolicy.LifecyclePolicyText');
  if (policy === undefined) return 1;
  const { rules = [] } = JSON.parse(policy) as {
    rules?: { selection?: { countType?: string; countNumber?: number } }[];
  };
  const counts = rules.flatMap(({ selection }) =>
    selection?.countType === 'imageCountMoreThan' ? [selection.countNumber ?? 1] : [],
  );
  return Math.max(1, ...counts);
}
