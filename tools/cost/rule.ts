import type { Load } from './load';
import type { Resource, Template } from './template';

/** Some of a resource that is billed in a month. */
export interface Usage {
  /** What it is, for people. */
  readonly what: string;
  /** How much of it, in the unit of its price. */
  readonly quantity: number;
  /** Its price, by its key in the price files. */
  readonly price: string;
  /** A price that it is a share of, such as the instance that a management fee is for. */
  readonly of?: string;
  /**
   * Share of it that the template buys on Spot, where there is Spot at all.
   * @default - there is no Spot for it
   */
  readonly spot?: number;
  /**
   * Whether Savings Plans cover it.
   * @default false
   */
  readonly savings?: boolean;
}

/** Something that is billed, and that nothing here can price. */
export interface NotPriced {
  readonly what: string;
  readonly why: string;
}

export type Billed = Usage | NotPriced;

/** How many of something carry the load. */
export interface Capacity {
  /** One of them, such as "instance t4g.micro". */
  readonly unit: string;
  /** How many the mean load keeps: what is billed. */
  readonly mean: number;
  /** How many the peak needs. */
  readonly peak: number;
  /** The most that the template allows; undefined where it sets no limit. */
  readonly most?: number;
  /**
   * Whether it is one by its nature, such as an instance that is in no group: more of it take another template.
   * @default false
   */
  readonly single?: boolean;
  /** The quota of the account that they take from: its name, how much they take, and what an account has by default. */
  readonly quota: { readonly name: string; readonly needed: number; readonly byDefault: number };
}

/** What a rule looks at. */
export interface Scene {
  readonly template: Template;
  readonly load: Load;
}

/** How one type of resource is billed. */
export interface Rule {
  /** The CloudFormation type. */
  readonly type: string;
  billed(resource: Resource, scene: Scene): Billed[];
  /** What of it carries the load, where it does. */
  capacity?(resource: Resource, scene: Scene): Capacity | undefined;
}
