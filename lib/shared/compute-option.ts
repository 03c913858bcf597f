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

/** What a reader compares of an option, beside what its template and a bill say. */
export interface Comparison {
  /** Its name with a link to its page, as Markdown at the repository's root has it. */
  readonly title: string;
  /** How it follows the load, in a few words. */
  readonly scales: string;
  /** How it goes back to an earlier version, in a few words. */
  readonly back: string;
  /** What of docs/figures.json says how fast it starts and answers: the server, its image, the handler, the image as a function, or the server as a Web Function. */
  readonly measured: 'server' | 'image' | 'function' | 'image-function' | 'web-function';
  /** The option, by the id of its stack, whose requests are billed alike: it stands for both in the crossover of costs. */
  readonly billedAs?: string;
}

/** Options of the app that make a stack fit another load: another template, which is priced by itself. */
export interface Size {
  /** What is different, for people; empty for the stack as it is declared. */
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
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
  /** Where it answers requests: what the README's table says of it. */
  readonly comparison?: Comparison;
  /** What a larger load is better off with, for the crossover of costs; none where the stack follows the load by itself. */
  readonly sizes?: readonly Size[];
  /** What `npm run local` calls its task; none where it has no task. */
  readonly task?: string;
  /** Adds the stack to the app. */
  create(app: App, props: StackProps, values: V, foundation: Foundation): Stack;
}
