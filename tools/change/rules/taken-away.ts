import type { ResourceChange, Update } from '../plan';
import type { ChangeRule, Fault } from '../rule';
import { isSucceeded, usersOf } from '../serving';
import { list, property, referredIds, type Resource } from '../template';

export const takenAway: ChangeRule = {
  name: 'taken away',
  promise: 'What serves keeps its open ports and its permissions until its successor has taken over.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      update.changes
        .filter(({ action }) => action === 'update')
        .flatMap((change) => {
          if (change.type === 'AWS::EC2::SecurityGroup') return closed(update, change);
          return change.type === 'AWS::IAM::Policy' || change.type === 'AWS::IAM::Role'
            ? forbidden(update, change)
            : [];
        }),
    ),
};

/**
 * A rule of a security group that goes while an instance of before, whose successor is yet to come, lives by it. A port that
 * stays open, to other addresses, is narrowed, and is so as it is asked for.
 */
function closed(update: Update, { id, before, after }: ResourceChange): Fault[] {
  return (['SecurityGroupIngress', 'SecurityGroupEgress'] as const).flatMap((direction) => {
    const kept = list(property(after, direction)).map(ruleOf);
    const open = list(property(after, direction)).filter(isFromAddresses).map(portOf);
    const gone = list(property(before, direction))
      .filter((rule) => !(direction === 'SecurityGroupIngress' && isFromAddresses(rule) && open.includes(portOf(rule))))
      .map(ruleOf)
      .filter((rule) => !kept.includes(rule));
    return gone.length === 0 ? [] : whileUsed(update, id, id, `loses ${gone.join(' and ')}`);
  });
}

/** An action that a role may no longer take while what runs with it, whose successor is yet to come, may need it. */
function forbidden(update: Update, { id, type, before, after }: ResourceChange): Fault[] {
  const kept = actions(after);
  const gone = actions(before).filter((action) => !kept.includes(action));
  if (gone.length === 0) return [];
  const roles = type === 'AWS::IAM::Role' ? [id] : [...referredIds(property(before, 'Roles'))];
  return roles.flatMap((role) => whileUsed(update, id, role, `loses ${gone.join(', ')}`));
}

function whileUsed(update: Update, resource: string, used: string, loss: string): Fault[] {
  return usersOf(update.before, used)
    .filter((user) => isSucceeded(update, user))
    .map((user) => ({
      stack: update.stack,
      resource,
      problem: `${loss} at once, while ${user} still serves with it until its successor is ready`,
    }));
}

const isFromAddresses = (rule: unknown): boolean =>
  ['CidrIp', 'CidrIpv6'].some((name) => (rule as Record<string, unknown>)[name] !== undefined);

function portOf(rule: unknown): string {
  const { IpProtocol, FromPort, ToPort } = rule as Record<string, unknown>;
  const port = FromPort === ToPort ? String(FromPort) : `${String(FromPort)}-${String(ToPort)}`;
  return `port ${port} (${String(IpProtocol)})`;
}

function ruleOf(rule: unknown): string {
  const {
    IpProtocol: _protocol,
    FromPort: _from,
    ToPort: _to,
    Description: _text,
    ...peer
  } = rule as Record<string, unknown>;
  return `${portOf(rule)} ${JSON.stringify(peer)}`;
}

/** The actions that a policy or the policies within a role allow. */
function actions(resource: Resource | undefined): string[] {
  const documents = [
    property(resource, 'PolicyDocument'),
    ...list(property(resource, 'Policies')).map((each) => (each as { PolicyDocument?: unknown }).PolicyDocument),
  ];
  return documents
    .flatMap((document) => list((document as { Statement?: unknown } | undefined)?.Statement))
    .flatMap((statement) => list((statement as { Action?: unknown }).Action))
    .map(String);
}
