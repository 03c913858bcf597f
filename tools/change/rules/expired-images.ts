import type { Update } from '../plan';
import type { ChangeRule, Fault } from '../rule';
import { at, list, property, resourcesOf, type Resource } from '../template';

/** The rules of a lifecycle policy of ECR, as far as they are read here (ECR User Guide, "Lifecycle policy properties"). */
interface LifecycleRule {
  readonly selection?: { readonly tagStatus?: string; readonly countType?: string; readonly countNumber?: number };
}

export const expiredImages: ChangeRule = {
  name: 'expired images',
  promise: 'No deployment that brings an image has one expire that a service runs, or would go back to.',
  find: ({ updates }) => updates.flatMap((update) => (bringsImage(update) ? counted(update) : [])),
};

/** Whether an image comes into a repository: the custom resource that brings it is new, or is given another one. */
const bringsImage = ({ changes }: Update): boolean =>
  changes.some(
    ({ type, action }) => type.startsWith('Custom::') && /Image|ECRDeployment/.test(type) && action !== 'remove',
  );

/** A count of newer images knows nothing of what runs: builds of one service expire the image of another. */
const counted = ({ stack, after }: Update): Fault[] =>
  resourcesOf(after)
    .filter(([, { Type }]) => Type === 'AWS::ECR::Repository')
    .flatMap(([id, resource]) =>
      lifecycleRules(resource)
        .filter(({ selection = {} }) => {
          return selection.tagStatus !== 'untagged' && selection.countType === 'imageCountMoreThan';
        })
        .map(({ selection }) => ({
          stack,
          resource: id,
          problem: `expires all but ${String(selection?.countNumber)} images with a tag, by when they were pushed: what a service runs may be among them. Count the days since the last pull`,
        })),
    );

function lifecycleRules(repository: Resource): readonly LifecycleRule[] {
  const text = property(repository, 'LifecyclePolicy.LifecyclePolicyText');
  return typeof text === 'string' ? (list(at(JSON.parse(text), 'rules')) as readonly LifecycleRule[]) : [];
}
