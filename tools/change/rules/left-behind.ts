import { created } from '../coexistence';
import type { ChangeRule } from '../rule';
import { schemas } from '../schemas';

export const leftBehind: ChangeRule = {
  name: 'left behind',
  promise: 'A deployment that fails leaves nothing that it has created.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      created(update)
        .filter(({ after }) => after.DeletionPolicy === 'Retain')
        .map(({ id, type, after }) => ({
          stack: update.stack,
          resource: id,
          problem: `stays behind when the deployment fails${
            isMadeOnce(type, after.Properties ?? {})
              ? ', and the next one finds that it exists (aws/aws-cdk#28252)'
              : ''
          }: with the deletion policy RetainExceptOnCreate it does not`,
        })),
    ),
};

/** Whether AWS refuses a second one. */
function isMadeOnce(type: string, properties: Readonly<Record<string, unknown>>): boolean {
  if (type === 'AWS::Lambda::Version') return true;
  const names = schemas.identifier(type);
  return names.length > 0 && names.every((name) => properties[name] !== undefined);
}
