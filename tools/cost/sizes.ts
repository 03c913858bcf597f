/** Options of the app that make one of its stacks fit another load: another template, which is priced by itself. */
export interface Size {
  /** What is different, for people; empty for the stack as it is declared. */
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

const AS_DECLARED: Size = { name: '', options: {} };

/**
 * Per stack, the sizes that the crossover compares: as declared, and what a larger load is better off with. Instances of
 * a burstable type last at a fifth of their vCPUs; c7g.large lasts at all of them.
 */
const SIZES: Readonly<Record<string, readonly Size[]>> = {
  Ec2: [
    { name: 'behind a load balancer', options: { 'ec2.instances': 2 } },
    { name: 'c7g.large behind a load balancer', options: { 'ec2.instances': 2, 'ec2.instanceType': 'c7g.large' } },
  ],
  Beanstalk: [{ name: 'c7g.large', options: { 'beanstalk.instanceTypes': 'c7g.large' } }],
  EcsEc2: [{ name: 'c7g.large', options: { 'ecs.instanceType': 'c7g.large' } }],
  // As declared, AWS picks the types, and no price is sure.
  ManagedInstances: ['t4g.small', 'c7g.large'].map((type) => ({
    name: type,
    options: { 'managedInstances.instanceType': type },
  })),
};

/** The sizes of a stack that leave what the user has set as it is. */
export const sizesOf = (stackId: string, given: Readonly<Record<string, unknown>>): Size[] => [
  AS_DECLARED,
  ...(SIZES[stackId] ?? []).filter(({ options }) => Object.keys(options).every((name) => given[name] === undefined)),
];
