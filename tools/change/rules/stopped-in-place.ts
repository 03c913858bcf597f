import type { ChangeRule } from '../rule';

// Of an instance with a volume of EBS, as all are here, what replaces it "maybe" stops and starts it, but for its security
// groups (CloudFormation Template Reference, AWS::EC2::Instance, "Update requires").
export const stoppedInPlace: ChangeRule = {
  name: 'stopped in place',
  promise: 'An instance that serves requests is never stopped to be changed: a new one is healthy before it ends.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      update.changes
        .filter(({ type, action }) => type === 'AWS::EC2::Instance' && action === 'update')
        .flatMap(({ id, properties }) => {
          const stopping = properties
            .filter(({ name, replacement }) => replacement === 'maybe' && name !== 'SecurityGroupIds')
            .map(({ name }) => name);
          if (stopping.length === 0) return [];
          const problem = `is stopped and started in place for another ${stopping.join(', ')}: no answer meanwhile, and no check of its health afterwards`;
          return [{ stack: update.stack, resource: id, problem }];
        }),
    ),
};
