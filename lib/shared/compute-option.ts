import type { App, Stack, StackProps } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ImageVariant } from '../../docker/build';
import type { Rows } from '../options/kinds';
import type { Rule } from '../options/problems';
import type { ServiceImage } from './service-image';

/** What the stacks of the app have from each other. A stack that is asked for something is created first. */
export interface Foundation {
  /** The VPC that instances and tasks run in. */
  vpc(): IVpc;
  /** An image of the service in the private repository. */
  image(variant: ImageVariant): ServiceImage;
  /** The images that the compute options of the app run. */
  readonly images: readonly ImageVariant[];
}

/**
 * A compute option: what a user may set, what must hold between the settings, and the stack that follows from them.
 *
 * @typeParam V the values that it reads: its own options, and those it shares
 */
export interface ComputeOption<V> {
  /** The stack's id, as `cdk deploy` is given it. */
  readonly id: string;
  /** What the stack deploys, in a few words. */
  readonly description: string;
  /** The options that a user may set for it. */
  readonly rows: Rows;
  /** A broken rule is an error of this stack, and of no other. */
  readonly rules: readonly Rule<V>[];
  /** The images that the stack runs; none where it runs no container. */
  images?(values: V): readonly ImageVariant[];
  /** Adds the stack to the app. */
  create(app: App, props: StackProps, values: V, foundation: Foundation): Stack;
}
