/** What an instance type has. */
export interface InstanceShape {
  readonly vCpus: number;
  readonly memoryMiB: number;
  /** Whether its processors are burstable (T family). */
  readonly isBurstable: boolean;
}

const GIB = 1024;
/** Of T3 and T4g, memory in GiB; two vCPUs up to large (EC2 instance types, "General purpose"). */
const BURSTABLE: Readonly<Record<string, readonly [vCpus: number, gib: number]>> = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  '2xlarge': [8, 32],
};
/** GiB for each vCPU, by family (EC2 instance types, "Compute", "General purpose" and "Memory optimized"). */
const GIB_PER_VCPU: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, x: 16 };

/** The size of an instance type, by its name; undefined where the name does not say it. */
export function instanceShape(type: string): InstanceShape | undefined {
  const [family = '', size = ''] = type.split('.');
  if (/^t(3a?|4g)$/.test(family)) {
    const [vCpus, gib] = BURSTABLE[size] ?? [];
    return vCpus === undefined || gib === undefined ? undefined : { vCpus, memoryMiB: gib * GIB, isBurstable: true };
  }
  const perVCpu = GIB_PER_VCPU[family[0] ?? ''];
  const times = /^(\d*)xlarge$/.exec(size);
  const vCpus =
    size === 'medium' ? 1 : size === 'large' ? 2 : times ? 4 * Number(times[1] === '' ? 1 : times[1]) : undefined;
  if (perVCpu === undefined || vCpus === undefined || !/^[a-z]+\d/.test(family)) return undefined;
  return { vCpus, memoryMiB: vCpus * perVCpu * GIB, isBurstable: false };
}

/** What tasks may use: kernel, daemons and the agent keep about a tenth (ECS Developer Guide, "Reserving Amazon ECS Linux container instance memory"). */
export const forTasks = ({ vCpus, memoryMiB }: InstanceShape): { cpuUnits: number; memoryMiB: number } => ({
  cpuUnits: vCpus * 1024,
  memoryMiB: Math.floor(memoryMiB * 0.9),
});

/** Whether a type has a Graviton processor: a `g` behind the generation (EC2 instance types, "Naming conventions"). */
export const isGraviton = (type: string): boolean => /^[a-z]+\d+g/.test(type);
