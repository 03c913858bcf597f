import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shareProcessor } from '../../../tools/bench/processor-share';
import { describeUnless } from '../../left-out';

describe('the share of a processor', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'cgroup-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const filesOf = (...folder: string[]): Record<string, string> => {
    const parent = path.join(root, ...folder);
    const group = path.join(parent, readdirSync(parent).find((name) => name.startsWith('bench-')) ?? '');
    return Object.fromEntries(readdirSync(group).map((file) => [file, readFileSync(path.join(group, file), 'utf8')]));
  };

  it('is a quota of a control group of version 1', () => {
    mkdirSync(path.join(root, 'cpu'));
    writeFileSync(path.join(root, 'cpu', 'cgroup.procs'), '');
    expect(shareProcessor(0.5, root)).toMatchObject({ cpus: 0.5 });
    expect(filesOf('cpu')).toEqual({ 'cpu.cfs_period_us': '20000', 'cpu.cfs_quota_us': '10000' });
  });

  it('is a maximum of a control group of version 2, which hands the processor on', () => {
    writeFileSync(path.join(root, 'cgroup.controllers'), 'cpuset cpu memory');
    writeFileSync(path.join(root, 'cgroup.subtree_control'), 'memory');
    expect(shareProcessor(0.5, root)).toMatchObject({ cpus: 0.5 });
    expect(readFileSync(path.join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+cpu');
    expect(filesOf()).toEqual({ 'cpu.max': '10000 20000' });
  });

  it('is named as lacking where there are no control groups', () => {
    expect(shareProcessor(0.5, root)).toEqual({ lacking: `there are no control groups at ${root}` });
    expect(shareProcessor(0.5, path.join(root, 'nowhere'))).toHaveProperty('lacking');
  });
});

const share = shareProcessor(0.5);
afterAll(() => {
  if ('remove' in share) share.remove();
});

describeUnless('lacking' in share ? share.lacking : undefined, 'a launcher', () => {
  it('starts a program in the control group', () => {
    const [program = '', ...args] = 'launcher' in share ? share.launcher : [];
    const { stdout } = spawnSync(program, [...args, '/bin/cat', '/proc/self/cgroup'], { encoding: 'utf8' });
    const group = path.basename(path.dirname(args.at(-1) ?? ''));
    expect(group).toMatch(/^bench-/);
    expect(stdout).toContain(`/${group}\n`);
  });
});
