import { created } from '../coexistence';
import type { ChangeRule } from '../rule';
import { schemas } from '../schemas';

export const leftBehind: ChangeRule = {
  name: 'left behind',
  promise: 'A deployment that fails leaves nothing that the next one would create again.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      created(update)
        .filter(({ after }) => after.DeletionPolicy === 'Retain')
        .filter(({ type, after }) => isMadeOnce(type, after.Properties ?? {}))
        .map(({ id }) => ({
          stack: update.stack,
          resource: id,
          problem:
            'stays behind when the deployment fails, and the next one finds that it exists (aws/aws-cdk#28252): its deletion policy should be RetainExceptOnCreate',
        })),
    ),
};

/** Whether AWS refuses a second one. */
function isMadeOnce(type: string, properties: Readonly<Record<string, unknown>>): boolean {
  if (type === 'AWS::Lambda::Version') return true;
  const names = schemas.identifier(type);
  return names.length > 0 && names.every((name) => properties[name] !== undefined);
}
