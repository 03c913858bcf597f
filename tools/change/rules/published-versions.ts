import { created } from '../coexistence';
import type { ChangeRule } from '../rule';
import { referredIds } from '../template';

/** The properties of a function that its versions do not have. */
const NOT_PUBLISHED = ['Tags', 'ReservedConcurrentExecutions', 'RecursiveLoop'];

export const publishedVersions: ChangeRule = {
  name: 'published versions',
  promise: 'A version is published only of a function whose code or settings have changed.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      created(update)
        .filter(({ type }) => type === 'AWS::Lambda::Version')
        .flatMap(({ id, after }) => {
          const [name] = referredIds(after.Properties?.['FunctionName']);
          if (name === undefined || update.before.Resources?.[name] === undefined) return [];
          const published = update.changes.find((each) => each.id === name);
          const isChanged =
            published?.action === 'replace' ||
            published?.properties.some((property) => !NOT_PUBLISHED.includes(property.name)) === true;
          if (isChanged) return [];
          const problem = `publishes a version of ${name}, which has not changed: "A version for this Lambda function exists"`;
          return [{ stack: update.stack, resource: id, problem }];
        }),
    ),
};
