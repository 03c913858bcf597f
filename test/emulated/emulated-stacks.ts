import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import {
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { appWith } from '../synthesis';
import type { Template } from '../../tools/change/template';
import { withoutNotPlayed, type NotPlayed } from '../../tools/emulator/not-played';

/** Stacks of the app on an emulator: their real templates, deployed by the API of CloudFormation. */
export class EmulatedStacks {
  /** What they were deployed without: `Fargate: AWS::CloudWatch::Dashboard (why)`. */
  readonly leftOut = new Set<string>();

  constructor(
    private readonly cloudFormation: CloudFormationClient,
    private readonly notPlayed: readonly NotPlayed[],
  ) {}

  /**
   * Creates a stack with these options, or updates it, and before it each stack that it refers to.
   *
   * @throws where one of them does not end in CREATE_COMPLETE or UPDATE_COMPLETE
   */
  async deploy(stackId: string, options: Readonly<Record<string, unknown>>): Promise<void> {
    for (const { id, stackName, template } of appWith(options, stackId).synth().stacks) {
      const played = withoutNotPlayed(template as Template, this.notPlayed);
      for (const line of played.leftOut) this.leftOut.add(`${id}: ${line}`);
      await this.bring(stackName, JSON.stringify(await this.withOutputs(played.template)));
    }
  }

  /** The values of a stack's outputs, by name. */
  async outputs(StackName: string): Promise<Readonly<Record<string, string>>> {
    const { Stacks = [] } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Object.fromEntries(
      (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  }

  private async bring(StackName: string, TemplateBody: string): Promise<void> {
    const input = { StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM' as const] };
    const exists = (await this.status(StackName)) !== undefined;
    try {
      await this.cloudFormation.send(exists ? new UpdateStackCommand(input) : new CreateStackCommand(input));
    } catch (error) {
      if (!String(error).includes('No updates are to be performed')) throw error;
    }
    const status = await this.settled(StackName);
    if (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE') return;
    throw new Error(`${StackName} is ${status}:\n${(await this.failures(StackName)).join('\n')}`);
  }

  private async status(StackName: string): Promise<string | undefined> {
    try {
      const { Stacks = [] } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName }));
      return Stacks[0]?.StackStatus;
    } catch (error) {
      if (String(error).includes('does not exist')) return undefined;
      throw error;
    }
  }

  private async settled(StackName: string): Promise<string> {
    for (;;) {
      const status = (await this.status(StackName)) ?? 'gone';
      if (!status.endsWith('_IN_PROGRESS')) return status;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private async failures(StackName: string): Promise<string[]> {
    const { StackEvents = [] } = await this.cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
    return StackEvents.filter(({ ResourceStatus = '' }) => ResourceStatus.endsWith('_FAILED')).map(
      ({ LogicalResourceId = '', ResourceStatusReason = '' }) => `${LogicalResourceId}: ${ResourceStatusReason}`,
    );
  }

  /** The outputs of other stacks by value, where they are read by name: not every emulator knows Fn::GetStackOutput. */
  private async withOutputs(template: Template): Promise<unknown> {
    const read = async (value: unknown): Promise<unknown> => {
      if (Array.isArray(value)) return Promise.all(value.map(read));
      if (typeof value !== 'object' || value === null) return value;
      const { 'Fn::GetStackOutput': from } = value as {
        readonly 'Fn::GetStackOutput'?: { readonly StackName: string; readonly OutputName: string };
      };
      if (from !== undefined) return (await this.outputs(from.StackName))[from.OutputName];
      return Object.fromEntries(
        await Promise.all(Object.entries(value).map(async ([key, inner]) => [key, await read(inner)] as const)),
      );
    };
    return read(template);
  }
}
