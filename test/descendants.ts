import { spawnSync } from 'node:child_process';

/** Every process below one, by its id. */
export function descendants(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.flatMap(([child, its]) => (its === parent && child !== undefined ? [child, ...below(child)] : []));
  return below(pid);
}
