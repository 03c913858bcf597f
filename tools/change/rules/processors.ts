import type { ChangeRule } from '../rule';
import { property, referredIds, resourcesOf, type Template } from '../template';

export const processors: ChangeRule = {
  name: 'processors',
  promise: 'Tasks that run are not left without instances of their processor.',
  find: ({ updates }) =>
    updates.flatMap((update) => {
      const runsTasks = resourcesOf(update.before).some(([, { Type }]) => Type === 'AWS::ECS::Service');
      return update.changes
        .filter(({ type, action }) => type === 'AWS::AutoScaling::AutoScalingGroup' && action === 'update' && runsTasks)
        .flatMap(({ id }) => {
          const [old, next] = [processorOf(update.before, id), processorOf(update.after, id)];
          if (old === next) return [];
          const problem = `changes from ${old} to ${next} under its tasks: the last old instance cannot drain, since its tasks find no other of their processor (aws/containers-roadmap#2467)`;
          return [{ stack: update.stack, resource: id, problem }];
        });
    }),
};

/** The processor of the instances of a group, by the name of the machine image that its launch template takes. */
function processorOf(template: Template, group: string): string {
  const images = [...referredIds(template.Resources?.[group]?.Properties)]
    .map((id) => property(template.Resources?.[id], 'LaunchTemplateData.ImageId'))
    .filter((image) => image !== undefined);
  return JSON.stringify(images).includes('arm64') ? 'arm64' : 'x64';
}
