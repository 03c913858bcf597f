import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const SYSTEMD = '/usr/lib/systemd/systemd';
/** The beginning of a loop over the control groups of this process: `group` is one of its own below each. */
const OWN_GROUPS = `while IFS=: read -r _ kind own; do
  case $kind in
    name=systemd) hierarchy=/sys/fs/cgroup/systemd ;;
    '') hierarchy=$(findmnt -n -t cgroup2 -o TARGET | head -n 1) ;;
    *) continue ;;
  esac
  group=$hierarchy\${own%/}/compute-machine-$$
`;
const NEEDED = ['/usr/bin/unshare', '/usr/bin/nsenter', '/usr/bin/curl', '/usr/bin/python3', SYSTEMD];

/** Why no machine can be started here; undefined where it can. */
export function missing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes Linux, and root to make namespaces';
  const without = NEEDED.filter((file) => !existsSync(file));
  if (without.length > 0) return `there is no ${without.join(', ')}`;
  const { status, stderr } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
    encoding: 'utf8',
  });
  if (status !== 0) return `a namespace of mounts is refused: ${stderr.trim()}`;
  const groups = spawnSync(
    'bash',
    ['-c', `set -e\n${OWN_GROUPS}  mkdir "$group"\n  rmdir "$group"\ndone < /proc/self/cgroup`],
    {
      encoding: 'utf8',
    },
  );
  return groups.status === 0 ? undefined : `a control group is refused: ${groups.stderr.trim()}`;
}

/** A value of a template as an instance gets it: each reference by the name of what it refers to. */
export function resolved(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(resolved);
  const [[name, inner] = ['', undefined]] = Object.entries(value) as [string, unknown][];
  if (name === 'Ref') return inner === 'AWS::StackName' ? 'compute-Ec2' : String(inner);
  if (name === 'Fn::GetAtt') return (inner as string[]).join('.');
  if (name === 'Fn::Base64') return resolved(inner);
  if (name === 'Fn::Join') {
    const [between, parts] = inner as [string, unknown[]];
    return parts.map((part) => String(resolved(part))).join(between);
  }
  if (name === 'Fn::Sub') return String(inner);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each)]));
}

/** A file of the machine. */
export interface MachineFile {
  readonly content: string | Buffer;
  readonly mode: number;
}

/**
 * systemd as the first process of namespaces of its own: a file system over this machine's, which forgets what is written
 * to it, a network of one loopback device, processes and control groups. Nothing of this machine is changed, and nothing is
 * in reach of it.
 */
export class Machine {
  private constructor(
    private readonly unshare: ChildProcess,
    private readonly init: number,
    private readonly folder: string,
  ) {}

  /** @param files by their paths in the machine */
  static async start(files: Readonly<Record<string, MachineFile>>): Promise<Machine> {
    const folder = mkdtempSync(path.join(tmpdir(), 'compute-machine-'));
    const seed = path.join(folder, 'seed');
    for (const [name, { content, mode }] of Object.entries({ ...files, ...UNITS })) {
      mkdirSync(path.dirname(path.join(seed, name)), { recursive: true });
      writeFileSync(path.join(seed, name), content, { mode });
    }
    writeFileSync(path.join(folder, 'boot'), BOOT, { mode: 0o755 });
    writeFileSync(path.join(folder, 'enter'), ENTER, { mode: 0o755 });
    const unshare = spawn('bash', [path.join(folder, 'enter'), folder], { stdio: 'ignore' });
    const deadline = Date.now() + 30_000;
    while (Date.now() < deadline) {
      await wait(100);
      const init = childOf(unshare.pid ?? 0);
      if (init === undefined) continue;
      const machine = new Machine(unshare, init, folder);
      if (machine.run('systemctl is-active machine.target').status === 0) return machine;
    }
    unshare.kill('SIGKILL');
    throw new Error('systemd does not get to its target in 30 s');
  }

  /** Runs a script of the shell as root of the machine. */
  run(script: string, timeout = 60_000): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(
      'nsenter',
      [
        ...['--target', String(this.init), '--all', '--root', '--wd=/'],
        '/usr/bin/env',
        '-i',
        PATH,
        ...['bash', '--norc', '-c', script],
      ],
      // A shell whose input is a socket takes itself for a remote one, and reads the files of its user.
      { encoding: 'utf8', timeout, stdio: ['ignore', 'pipe', 'pipe'] },
    );
  }

  /** Whether it ends by itself within so many milliseconds. */
  async endsWithin(milliseconds: number): Promise<boolean> {
    const hasEnded = (): boolean => this.unshare.exitCode !== null || this.unshare.signalCode !== null;
    const deadline = Date.now() + milliseconds;
    while (!hasEnded() && Date.now() < deadline) await wait(100);
    return hasEnded();
  }

  /** Ends all of its processes; its file system goes with them. */
  async stop(): Promise<void> {
    if (!(await this.endsWithin(0))) {
      const ended = once(this.unshare, 'exit');
      process.kill(this.init, 'SIGKILL');
      await ended;
    }
    for (const group of readFileSync(path.join(this.folder, 'groups'), 'utf8').trim().split('\n'))
      spawnSync('find', [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const PATH = 'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Only what units need, and nothing that this machine would start: no daemon of its distribution. */
const UNITS: Readonly<Record<string, MachineFile>> = {
  'etc/systemd/system/machine.target': {
    content: '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n',
    mode: 0o644,
  },
};

/** Namespaces, and control groups below those of this process, which no other process is in. */
const ENTER = `set -e
folder=$1
${OWN_GROUPS}  mkdir "$group"
  echo "$group" >> "$folder/groups"
  echo $$ > "$group/cgroup.procs"
done < /proc/self/cgroup
exec unshare --fork --pid --mount --net --uts --ipc --cgroup --kill-child bash "$folder/boot" "$folder"
`;

const BOOT = `set -e
folder=$1
mount --make-rprivate /
mkdir "$folder/root"
mount -t tmpfs tmpfs "$folder/root"
mkdir "$folder/root/upper" "$folder/root/work" "$folder/root/merged"
cp -a "$folder/seed/." "$folder/root/upper/"
root="$folder/root/merged"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/root/upper,workdir=$folder/root/work" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mkdir "$root/outside"
cd "$root"
pivot_root . outside
umount --lazy /outside
exec /usr/bin/env -i container=namespaces ${PATH} ${SYSTEMD} systemd.unit=machine.target
`;

/** The one child of a process: of \`unshare\`, the first process of the namespaces. */
const childOf = (pid: number): number | undefined => {
  const file = `/proc/${pid}/task/${pid}/children`;
  const [child] = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ') : [];
  return child === undefined || child === '' ? undefined : Number(child);
};
