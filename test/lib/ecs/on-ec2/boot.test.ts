import { describeUnless } from '../../../left-out';
import { resources, template } from '../../../synthesis';
import { Machine, missing, resolved } from '../../ec2/machine';

// The user data of an instance of the cluster, on a systemd of its own; without Amazon Linux, Docker and the ECS agent.

const [launchTemplate] = resources(template('EcsEc2', { region: 'eu-central-1' }), 'AWS::EC2::LaunchTemplate');
const { UserData } = launchTemplate?.Properties?.['LaunchTemplateData'] as { readonly UserData: unknown };

describeUnless(missing(), 'an instance of the cluster that boots', () => {
  let machine: Machine;
  const of = (command: string): string => machine.run(command).stdout.trim();
  // Once a minute is no burst; here it comes faster than systemd lets a unit start.
  const watch = 'systemctl start --wait watch-ecs-agent.service; systemctl reset-failed watch-ecs-agent.service';
  beforeAll(async () => {
    machine = await Machine.start({
      'root/user-data': { content: String(resolved(UserData)), mode: 0o755 },
      'etc/ecs/ecs.config': { content: '', mode: 0o644 },
      'srv/v1/metadata': { content: '{}', mode: 0o644 },
    });
  }, 60_000);
  afterAll(() => machine.stop());

  test('runs its user data to the end, and tells the agent its cluster and what it may give to tasks', () => {
    expect(machine.run('/root/user-data')).toMatchObject({ status: 0 });
    expect(of('sort /etc/ecs/ecs.config').split('\n')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ECS_CLUSTER=Cluster/),
        'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true',
        expect.stringMatching(/^ECS_RESERVED_MEMORY=\d+$/),
      ]),
    );
    expect(of('systemctl is-active watch-ecs-agent.timer')).toBe('active');
  });

  test('counts the minutes in which the agent does not answer, and begins anew once it does', () => {
    machine.run(`${watch}; ${watch}`);
    expect(of('wc -l < /run/ecs-agent-silence')).toBe('2');
    machine.run(
      'systemd-run --unit=agent python3 -m http.server 51678 --bind 127.0.0.1 --directory /srv && ' +
        'curl -sf --retry 20 --retry-delay 1 --retry-all-errors http://localhost:51678/v1/metadata',
    );
    machine.run(watch);
    expect(machine.run('test -e /run/ecs-agent-silence').status).toBe(1);
    machine.run('systemctl stop agent');
  });

  test('switches itself off after ten of them, so that Auto Scaling replaces it', async () => {
    machine.run(`for minute in 1 2 3 4 5 6 7 8 9; do ${watch}; done`);
    expect(of('wc -l < /run/ecs-agent-silence')).toBe('9');
    expect(await machine.endsWithin(0)).toBe(false);
    machine.run(watch);
    expect(await machine.endsWithin(30_000)).toBe(true);
  }, 60_000);
});
