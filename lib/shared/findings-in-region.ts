import { Stack, Token, Validations, type IAspect } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges a finding also by the name that it has in a stack for one region. There cdk-nag names the region and its
 * partition, where it names the pseudo parameters in a stack for any.
 */
export class FindingsInRegion implements IAspect {
  visit(node: IConstruct): void {
    const stack = node.node.scopes.find(Stack.isStack);
    if (stack === undefined || Token.isUnresolved(stack.region)) return;
    const { region, partition } = stack;
    for (const { type, data } of [...node.node.metadata]) {
      if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
      for (const [id, reason] of Object.entries(data as Readonly<Record<string, string>>)) {
        const named = id.replaceAll('<AWS::Region>', region).replaceAll('<AWS::Partition>', partition);
        if (named !== id) Validations.of(node).acknowledge({ id: named, reason });
      }
    }
  }
}
