import { share } from './fronts';
import type { Load } from './load';
import type { Usage } from './rule';
import type { Template } from './template';

const KB_A_GB = 1_000_000;

/** Answers that go out to the internet from one front (https://aws.amazon.com/ec2/pricing/on-demand/, "Data Transfer"). */
export function transferOut(template: Template, load: Load): Usage[] {
  const { requests, kbOut } = share(template, load);
  return [{ what: 'answers to the internet', quantity: (requests * kbOut) / KB_A_GB, price: 'transfer.out' }];
}

/** GB that requests bring and answers take in a month, through one front. */
export function throughput(template: Template, load: Load): number {
  const { requests, kbIn, kbOut } = share(template, load);
  return (requests * (kbIn + kbOut)) / KB_A_GB;
}
