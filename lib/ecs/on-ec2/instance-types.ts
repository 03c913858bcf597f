/**
 * Instance types for the ECS cluster, with their vCPUs and memory in MiB (EC2 instance types, "Specifications").
 * A table and not a look-up: synth asks AWS nothing, and the arithmetic of night and day needs the sizes.
 */
const SIZES = {
  't4g.small': [2, 2_048],
  't4g.medium': [2, 4_096],
  't4g.large': [2, 8_192],
  'm7g.medium': [1, 4_096],
  'm7g.large': [2, 8_192],
  'm7g.xlarge': [4, 16_384],
  'm7g.2xlarge': [8, 32_768],
  'm7g.4xlarge': [16, 65_536],
  'm7g.8xlarge': [32, 131_072],
  'm7g.16xlarge': [64, 262_144],
  'r7g.16xlarge': [64, 524_288],
  'c7g.large': [2, 4_096],
  'c7g.xlarge': [4, 8_192],
  't3.small': [2, 2_048],
  't3.medium': [2, 4_096],
  'm7i.large': [2, 8_192],
} as const satisfies Record<string, readonly [vCpus: number, memoryMiB: number]>;

export type EcsInstanceType = keyof typeof SIZES;

export const ECS_INSTANCE_TYPES = Object.keys(SIZES) as [EcsInstanceType, ...EcsInstanceType[]];

/** The largest of Graviton: it has room for the largest task of Fargate three times. */
const LARGEST = 'r7g.16xlarge' satisfies EcsInstanceType;

/** What is taken for each processor where none is set, the cheapest first. */
export const BY_DEFAULT = {
  arm64: [
    't4g.small',
    't4g.medium',
    't4g.large',
    'm7g.xlarge',
    'm7g.2xlarge',
    'm7g.4xlarge',
    'm7g.8xlarge',
    'm7g.16xlarge',
    LARGEST,
  ],
  x64: ['t3.small', 't3.medium', 'm7i.large'],
} as const satisfies Record<'arm64' | 'x64', readonly EcsInstanceType[]>;

// What the firmware and the kernel keep, rounded up: an instance of 2,048 MiB reports some 1,850, and the agent registers
// what the kernel reports (ECS Developer Guide, "Reserving Amazon ECS Linux container instance memory").
const KEPT_BY_THE_KERNEL = 0.1;

/** Memory that tasks do not get, for Docker, the agents of ECS and Systems Manager, and the page cache, in MiB. */
export const RESERVED_MIB = 256;

/** How many tasks of a size one instance takes, and the sum in words. Ports don't count: each task gets a free one. */
export function tasksThatFit(
  instanceType: EcsInstanceType,
  task: { readonly cpuUnits: number; readonly memoryMiB: number },
): { readonly tasks: number; readonly sum: string } {
  const [vCpus, memoryMiB] = SIZES[instanceType];
  const memory = Math.floor(memoryMiB * (1 - KEPT_BY_THE_KERNEL)) - RESERVED_MIB;
  const [byMemory, byCpu] = [Math.floor(memory / task.memoryMiB), Math.floor((vCpus * 1_024) / task.cpuUnits)];
  return {
    tasks: Math.min(byMemory, byCpu),
    sum: `${memory} MiB of its ${memoryMiB} / ${task.memoryMiB} MiB = ${byMemory} by memory, ${vCpus * 1_024} / ${task.cpuUnits} units = ${byCpu} by CPU`,
  };
}
