import type { Change } from './change';
import type { Template } from './template';

/** An output of another stack that a template reads. */
export interface StackReference {
  /** The id of the stack that has the output. */
  readonly stack: string;
  readonly output: string;
  /** Weak: read when the stack is updated. Strong: an export, which CloudFormation keeps as it is while it is read. */
  readonly strength: 'weak' | 'strong';
}

/** The outputs of other stacks that a template reads, each once. */
export function stackReferences(template: Template, side: Change['before']): StackReference[] {
  const found = new Map<string, StackReference>();
  const add = (reference: StackReference | undefined): void => {
    if (reference) found.set(`${reference.stack} ${reference.output}`, reference);
  };
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
      if (key === 'Fn::GetStackOutput') add(weak(inner, side));
      else if (key === 'Fn::ImportValue') add(strong(inner, side));
      else visit(inner);
    }
  };
  visit(template.Resources);
  visit(template.Outputs);
  return [...found.values()];
}

function weak(read: unknown, { stacks }: Change['before']): StackReference | undefined {
  const { StackName, OutputName } = read as { readonly StackName: unknown; readonly OutputName: string };
  const stack = stacks.find(({ stackName }) => stackName === StackName);
  return stack && { stack: stack.id, output: OutputName, strength: 'weak' };
}

function strong(name: unknown, { stacks }: Change['before']): StackReference | undefined {
  for (const { id, template } of stacks)
    for (const [output, { Export }] of Object.entries((template as Template).Outputs ?? {}))
      if (Export?.Name === name) return { stack: id, output, strength: 'strong' };
  return undefined;
}
