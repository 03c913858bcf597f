import type { Assembly, AssemblyStack, Resource, TreeNode } from './assembly';

/** A resource of one of the stacks. */
export interface Place {
  readonly stack: string;
  readonly logicalId: string;
}

/** The key of a resource among all stacks. */
export const keyOf = ({ stack, logicalId }: Place): string => `${stack}/${logicalId}`;

/**
 * Which resources each resource refers to, within its stack and in others: `Ref`, `Fn::GetAtt`, `Fn::Sub`,
 * `Fn::GetStackOutput` and `Fn::ImportValue`. `DependsOn` is an order and no reference.
 */
export class References {
  private readonly resources = new Map<string, Resource>();
  private readonly to = new Map<string, Set<string>>();
  private readonly from = new Map<string, Set<string>>();
  private readonly outputs = new Map<string, string[]>();
  private readonly paths = new Map<string, string>();

  constructor({ stacks }: Assembly) {
    for (const stack of stacks) this.readStack(stack);
    for (const stack of stacks)
      for (const [logicalId, { Properties }] of Object.entries(stack.template.Resources))
        for (const target of this.referred(stack, Properties)) this.add(keyOf({ stack: stack.id, logicalId }), target);
  }

  /** Throws Error where there is no such resource. */
  resource(key: string): Resource {
    const resource = this.resources.get(key);
    if (resource === undefined) throw new Error(`No stack has a resource ${key}.`);
    return resource;
  }

  /** The path, below its stack, of the construct that makes a resource. */
  constructPath(key: string): string {
    // Where the tree has no logical id, the id itself, without what CDK adds to make it unique.
    return this.paths.get(key) ?? key.slice(key.indexOf('/') + 1).replace(/(CustomResource)?[0-9A-F]{8}$/, '');
  }

  /** What a resource refers to, in the order of its properties. */
  targets(key: string): readonly string[] {
    return [...(this.to.get(key) ?? [])];
  }

  /** What refers to a resource. */
  sources(key: string): readonly string[] {
    return [...(this.from.get(key) ?? [])];
  }

  /**
   * Every resource that references lead to, in either direction, with only resources of these types between.
   *
   * @param atLeastOne whether there has to be one of them between
   */
  reachable(key: string, through: readonly string[], { atLeastOne = false } = {}): string[] {
    const seen = new Set([key]);
    const queue = [key];
    const isBetween = (each: string): boolean => through.includes(this.resource(each).Type);
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      if (at !== key && !isBetween(at)) continue;
      for (const next of [...this.targets(at), ...this.sources(at)]) {
        if (at === key && atLeastOne && !isBetween(next)) continue;
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
      }
    }
    seen.delete(key);
    return [...seen];
  }

  /** The resources that a value of a stack's template refers to. */
  referred(stack: AssemblyStack, value: unknown): string[] {
    if (Array.isArray(value)) return value.flatMap((each) => this.referred(stack, each));
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, inner]) => this.referredBy(stack, name, inner));
  }

  private readStack(stack: AssemblyStack): void {
    const { id, template, tree } = stack;
    for (const [logicalId, resource] of Object.entries(template.Resources))
      this.resources.set(keyOf({ stack: id, logicalId }), resource);
    for (const [name, output] of Object.entries(template.Outputs ?? {})) {
      const targets = this.referred(stack, output.Value);
      this.outputs.set(`${stack.stackName} ${name}`, targets);
      const { Export } = output as { Export?: { Name?: unknown } };
      if (typeof Export?.Name === 'string') this.outputs.set(Export.Name, targets);
    }
    this.readTree(id, tree);
  }

  private readTree(stack: string, node: TreeNode): void {
    const logicalId = node.attributes?.['aws:cdk:cloudformation:logicalId'];
    if (typeof logicalId === 'string') {
      const path = node.path.slice(stack.length + 1).replace(/\/[^/]+$/, '');
      this.paths.set(keyOf({ stack, logicalId }), path);
    }
    for (const child of Object.values(node.children ?? {})) this.readTree(stack, child);
  }

  private referredBy(stack: AssemblyStack, name: string, inner: unknown): string[] {
    if (name === 'Ref') return this.local(stack, String(inner));
    if (name === 'Fn::GetAtt') return this.local(stack, String(Array.isArray(inner) ? inner[0] : inner).split('.')[0]);
    if (name === 'Fn::GetStackOutput') {
      const { StackName, OutputName } = inner as { StackName: string; OutputName: string };
      return this.outputs.get(`${StackName} ${OutputName}`) ?? [];
    }
    if (name === 'Fn::ImportValue') return this.outputs.get(String(inner)) ?? [];
    if (name !== 'Fn::Sub') return this.referred(stack, inner);
    const [text, values] = (Array.isArray(inner) ? inner : [inner]) as [string, unknown];
    const named = [...text.matchAll(/\$\{([A-Za-z0-9]+)/g)].flatMap(([, id]) => this.local(stack, id));
    return [...named, ...this.referred(stack, values)];
  }

  private local(stack: AssemblyStack, logicalId = ''): string[] {
    return logicalId in stack.template.Resources ? [keyOf({ stack: stack.id, logicalId })] : [];
  }

  private add(from: string, to: string): void {
    if (from === to) return;
    this.to.set(from, (this.to.get(from) ?? new Set()).add(to));
    this.from.set(to, (this.from.get(to) ?? new Set()).add(from));
  }
}
