import { GITHUB_OPTIONS } from '../../lib/github/options';
import { readWorkflow, shellSteps } from './workflow';

const ci = readWorkflow('ci.yml');
const deploy = readWorkflow('deploy.yml');

test('no workflow runs for a pull request with the rights of the base, nor takes text of it into a shell step', () => {
  for (const workflow of [ci, deploy]) {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    for (const { run } of shellSteps(workflow)) expect(run).not.toContain('${{');
  }
});

test('no workflow reads a secret', () => {
  expect(JSON.stringify([ci, deploy])).not.toMatch(/secrets\./);
});

describe('deploy.yml', () => {
  const { jobs } = deploy;
  const names = Object.keys(jobs);

  test('a job has the rights that it needs, and no other', () => {
    expect(deploy.permissions).toEqual({});
    expect(Object.fromEntries(names.map((name) => [name, jobs[name]?.permissions ?? {}]))).toEqual({
      settings: {},
      synth: { contents: 'read' },
      diff: { contents: 'read', 'id-token': 'write' },
      comment: { 'pull-requests': 'write' },
      sandbox: { contents: 'read', 'id-token': 'write' },
      production: { contents: 'read', 'id-token': 'write' },
    });
  });

  test('a job that can ask for credentials, or write, runs no code of a pull request', () => {
    const checkouts = (name: string) =>
      (jobs[name]?.steps ?? [])
        .filter(({ uses }) => uses?.startsWith('actions/checkout@'))
        .map((step) => step.with?.['ref']);
    expect(checkouts('diff')).toEqual(['${{ github.event.pull_request.base.sha }}']);
    expect(checkouts('comment')).toEqual([]);
    for (const name of ['sandbox', 'production']) {
      expect(checkouts(name)).toEqual([undefined]);
      expect(jobs['sandbox']?.if).toMatch(
        /^github\.event_name != 'pull_request' && github\.ref == 'refs\/heads\/main'/,
      );
    }
    // It follows from the sandbox, and so from its condition.
    expect(jobs['production']?.needs).toBe('sandbox');
    expect(jobs['diff']?.needs).toBe('synth');
  });

  test('packages are installed before there are credentials', () => {
    for (const name of ['diff', 'sandbox', 'production']) {
      const steps = jobs[name]?.steps ?? [];
      const at = (found: (text: string) => boolean): number =>
        steps.findIndex(({ uses = '', run = '' }) => found(uses + run));
      expect(at((text) => text === 'npm ci')).toBeGreaterThan(-1);
      expect(at((text) => text.startsWith('aws-actions/'))).toBeGreaterThan(at((text) => text === 'npm ci'));
    }
  });

  test('nothing runs for a fork, or where the variables are not set, but the job that says so', () => {
    expect(jobs['synth']?.if).toContain('github.event.pull_request.head.repo.full_name == github.repository');
    const guards: Readonly<Record<string, readonly string[]>> = {
      synth: ['AWS_REGION', 'AWS_PULL_REQUEST_ROLE'],
      sandbox: ['AWS_REGION', 'AWS_SANDBOX_ROLE'],
      production: ['AWS_PRODUCTION_ROLE'],
    };
    for (const [name, variables] of Object.entries(guards))
      for (const variable of variables) expect(jobs[name]?.if).toContain(`vars.${variable} != ''`);
    expect(jobs['comment']?.if).toContain("needs.synth.result == 'success'");
    expect(names.filter((name) => jobs[name]?.if === undefined)).toEqual(['settings', 'diff']);
  });

  test('a deployment is never cancelled, and no two run at once in one account', () => {
    for (const name of ['sandbox', 'production'])
      expect(jobs[name]?.concurrency).toEqual({ group: `deploy-${name}`, 'cancel-in-progress': false });
  });

  test('the jobs that deploy are those of the environments that the roles trust', () => {
    expect(jobs['sandbox']?.environment).toBe(GITHUB_OPTIONS['github.environment'].default);
    expect(jobs['production']?.environment).toBe('production');
    expect(jobs['diff']?.environment).toBeUndefined();
    expect((deploy.on['push'] as { branches: string[] }).branches).toEqual([GITHUB_OPTIONS['github.branch'].default]);
  });

  test('each job ends by itself', () => {
    for (const name of names) expect(jobs[name]?.['timeout-minutes']).toBeLessThanOrEqual(120);
  });
});
