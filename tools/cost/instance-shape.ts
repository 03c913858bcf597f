/** What an instance type has: vCPUs, and the part of them that a burstable one earns for good. */
export interface InstanceShape {
  readonly vcpus: number;
  /** vCPUs that it may keep busy for good without unlimited credits; undefined where it is not burstable. */
  readonly baselineVcpus?: number;
}

// Of T3 and T4g (EC2 User Guide, "CPU credits and baseline utilization"): vCPUs, and the baseline of each.
const BURSTABLE: Readonly<Record<string, readonly [vcpus: number, baseline: number]>> = {
  nano: [2, 0.05],
  micro: [2, 0.1],
  small: [2, 0.2],
  medium: [2, 0.2],
  large: [2, 0.3],
  xlarge: [4, 0.4],
  '2xlarge': [8, 0.4],
};

/** The shape of an instance type by its name; undefined where its name does not tell it. */
export function instanceShape(type: string): InstanceShape | undefined {
  const [family = '', size = ''] = type.split('.');
  if (/^t(3a?|4g)$/.test(family)) {
    const [vcpus, baseline] = BURSTABLE[size] ?? [];
    return vcpus === undefined || baseline === undefined ? undefined : { vcpus, baselineVcpus: vcpus * baseline };
  }
  // Of the others a name tells the vCPUs from the sixth generation on: medium has one, large two, xlarge four.
  if (!/^[cmrx]\d/.test(family)) return undefined;
  if (size === 'medium') return { vcpus: 1 };
  if (size === 'large') return { vcpus: 2 };
  const times = /^(\d*)xlarge$/.exec(size);
  return times ? { vcpus: 4 * Number(times[1] === '' ? 1 : times[1]) } : undefined;
}

export const isBurstable = (type: string): boolean => /^t\d/.test(type);
