import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process, distinguished from a later one that has the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, as the system has it: of no meaning but to be compared. */
  readonly started: string;
}

/** A process as a list of all has it. */
interface Listed extends ProcessIdentity {
  readonly group: number;
  /** Where it was started, as far as the system tells. */
  readonly folder: string;
  /** Its command line. */
  readonly command: string;
}

const hasProc = existsSync('/proc/self/stat');

/** The identity of a process that runs now; undefined where none has that id, or it has ended and waits to be noticed. */
export function identify(pid: number): ProcessIdentity | undefined {
  const found = hasProc ? fromProc(pid) : fromPs(['-p', String(pid)])[0];
  return found && { pid, started: found.started };
}

/** Whether that very process still runs. */
export const isRunning = (process: ProcessIdentity): boolean => identify(process.pid)?.started === process.started;

/**
 * The processes of the group that a process leads or led, which belong to this project: they were started in a folder of it,
 * or name one. A group whose number another program has taken since has none. php-fpm leaves the group and leads one of its
 * own: it and the like are known by the folder of the run, which their command names.
 *
 * @param root the folder of the project
 * @param run the folder of the run
 */
export function membersOf(leader: number, root: string, run: string): readonly ProcessIdentity[] {
  const all = hasProc
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => fromProc(Number(pid)) ?? [])
    : fromPs(['-A']);
  const own = new Set(
    all.filter(({ pid, group, command }) => pid === group && command.includes(run)).map(({ pid }) => pid),
  );
  return all.filter(
    ({ group, folder, command }) => own.has(group) || (group === leader && `${folder} ${command}`.includes(root)),
  );
}

/** Ends processes at once; one that has ended meanwhile is passed over. */
export function kill(processes: readonly ProcessIdentity[]): void {
  for (const each of processes.filter(isRunning)) {
    try {
      process.kill(each.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** From Linux's own table: proc(5), /proc/pid/stat. */
function fromProc(pid: number): Listed | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may have anything in it.
    const [state, , group, , , , , , , , , , , , , , , , , ticks] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { pid, group: Number(group), started: `${boot} ${ticks ?? ''}`, folder: folderOf(pid), command };
  } catch {
    return undefined;
  }
}

function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function fromPs(which: readonly string[]): Listed[] {
  const format = ['-o', 'pid=', '-o', 'pgid=', '-o', 'stat=', '-o', 'lstart=', '-o', 'command='];
  const { stdout } = spawnSync('ps', [...which, ...format], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return stdout.split('\n').flatMap((line) => {
    // Of the form: 123 123 S Thu Nov 26 07:32:09 2026 node server.mjs
    const [, pid, group, state, started, command] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), group: Number(group), started: started ?? '', folder: '', command: command ?? '' }];
  });
}
