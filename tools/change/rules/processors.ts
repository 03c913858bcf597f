import type { ChangeRule } from '../rule';
import { property, referredIds, resourcesOf, type Template } from '../template';

export const processors: ChangeRule = {
  name: 'processors',
  promise: 'Tasks that run are not left without instances of their processor.',
  find: ({ updates }) =>
    updates.flatMap((update) => {
      const [old, next] = [processorsOf(update.before), processorsOf(update.after)];
      return update.changes
        .filter(({ type, action }) => type === 'AWS::AutoScaling::AutoScalingGroup' && action === 'update')
        .flatMap(({ id }) => {
          const [service] = services(update.before).filter(
            (each) => old.get(each) !== undefined && next.get(each) !== undefined && old.get(each) !== next.get(each),
          );
          if (service === undefined) return [];
          const problem = `changes from ${String(old.get(service))} to ${String(next.get(service))} under ${service}: the last old instance cannot drain, since its tasks find no other of their processor (aws/containers-roadmap#2467)`;
          return [{ stack: update.stack, resource: id, problem }];
        });
    }),
};

const services = (template: Template): string[] =>
  resourcesOf(template).flatMap(([id, { Type }]) => (Type === 'AWS::ECS::Service' ? [id] : []));

/** The processor of the tasks of each service. */
function processorsOf(template: Template): Map<string, unknown> {
  return new Map(
    services(template).map((id) => {
      const [task] = referredIds(property(template.Resources?.[id], 'TaskDefinition'));
      const processor = property(template.Resources?.[task ?? ''], 'RuntimePlatform.CpuArchitecture');
      return [id, processor];
    }),
  );
}
