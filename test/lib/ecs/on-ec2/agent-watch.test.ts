import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AGENT_WATCH, START_AGENT_WATCH } from '../../../../lib/ecs/on-ec2/agent-watch';

// The script itself, by a real shell; curl and systemctl are stand-ins.

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'agent-watch-'));
  program('systemctl', `echo "$@" >>${folder}/asked`);
  writeFileSync(path.join(folder, 'asked'), '');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const program = (name: string, text: string): void => {
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
};
const asked = (): string => readFileSync(path.join(folder, 'asked'), 'utf8');

function runs(times: number, agent: 'answers' | 'is silent'): void {
  program('curl', `exit ${agent === 'answers' ? 0 : 7}`);
  for (let n = 0; n < times; n += 1) {
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, RUNTIME_DIRECTORY: folder };
    const { status, stderr } = spawnSync('/bin/sh', ['-c', AGENT_WATCH], { env, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  }
}

test('an instance whose agent is silent for ten minutes is switched off, and not before', () => {
  runs(9, 'is silent');
  expect(asked()).toBe('');
  runs(1, 'is silent');
  expect(asked()).toBe('poweroff\n');
});

test('an agent that answers in between is alive: the minutes count anew', () => {
  runs(9, 'is silent');
  runs(1, 'answers');
  runs(9, 'is silent');
  expect(asked()).toBe('');
});

test('the user data writes the script as it is, and has it run each minute', () => {
  const [write = '', start = ''] = START_AGENT_WATCH;
  const file = path.join(folder, 'script');
  spawnSync('/bin/sh', ['-c', write.replace('/usr/local/bin/watch-ecs-agent', file)]);
  expect(readFileSync(file, 'utf8')).toBe(`${AGENT_WATCH}\n`);
  expect(start).toContain('--on-unit-inactive=1min /bin/sh /usr/local/bin/watch-ecs-agent');
});
