import { existsSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A share of a processor that the processes of one control group have together. */
export interface ProcessorShare {
  /** How many processors: 0.5 is half of one. */
  readonly cpus: number;
  /** What a command line begins with whose process, and all that it starts, has no more than this share. */
  readonly launcher: readonly string[];
  /** Takes the control group away; its processes have to have ended. */
  remove(): void;
}

/** Where Linux has its control groups (cgroups(7)). */
const ROOT = '/sys/fs/cgroup';
/** The share is given anew each 20 ms, so that work of a few of them is held up too. */
const PERIOD_US = 20_000;

/**
 * A control group whose processes have that share of a processor together.
 *
 * @param cpus how many processors
 * @returns why not, where the system has no control groups, or allows no new one
 */
export function shareProcessor(cpus: number, root = ROOT): ProcessorShare | { readonly lacking: string } {
  const quota = Math.round(cpus * PERIOD_US);
  try {
    const isFirstVersion = existsSync(path.join(root, 'cpu', 'cgroup.procs'));
    if (!isFirstVersion && !existsSync(path.join(root, 'cgroup.controllers')))
      return { lacking: `there are no control groups at ${root}` };
    // A group of version 2 has the controller where the one above hands it on.
    const control = path.join(root, 'cgroup.subtree_control');
    if (!isFirstVersion && !/\bcpu\b/.test(readFileSync(control, 'utf8'))) writeFileSync(control, '+cpu');
    const group = mkdtempSync(path.join(root, isFirstVersion ? 'cpu' : '', 'bench-'));
    const set = (file: string, value: string): void => {
      writeFileSync(path.join(group, file), value);
    };
    if (isFirstVersion) {
      set('cpu.cfs_period_us', String(PERIOD_US));
      set('cpu.cfs_quota_us', String(quota));
    } else {
      set('cpu.max', `${quota} ${PERIOD_US}`);
    }
    return {
      cpus,
      launcher: ['/bin/sh', '-c', 'echo $$ > "$0" && exec "$@"', path.join(group, 'cgroup.procs')],
      remove: () => {
        rmdirSync(group);
      },
    };
  } catch (error) {
    return { lacking: `no control group can be made: ${error instanceof Error ? error.message : String(error)}` };
  }
}
