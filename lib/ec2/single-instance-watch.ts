import type { Duration } from 'aws-cdk-lib';

const METADATA = 'http://169.254.169.254/latest';

export interface SingleInstanceWatchOptions {
  /** Port of the service. */
  readonly port: number;
  readonly region: string;
  /** Allocation id of the address that the service answers at. */
  readonly allocationId: string;
  /** The address itself. */
  readonly address: string;
  /** Log of the service, to which a line is written while it does not answer. */
  readonly logFile: string;
  /** How long after a boot the service may be silent. */
  readonly readyWithin: Duration;
  /** Whether a group replaces an instance that is marked unhealthy. */
  readonly inGroup: boolean;
}

/** What the line in the log says, for the metric filter that looks for it. */
export const UNHEALTHY = 'unhealthy';

const identify = [
  `token=$(curl -sf -X PUT ${METADATA}/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60')`,
  `meta() { curl -sf ${METADATA}/meta-data/$1 -H "X-aws-ec2-metadata-token: $token"; }`,
];

/** The command by which an instance takes the address over from the one before it, once it is healthy. */
export const takeAddress = ({ region, allocationId }: { region: string; allocationId: string }): string =>
  [
    'set -e',
    ...identify,
    `aws ec2 associate-address --region ${region} --allocation-id ${allocationId} --instance-id "$(meta instance-id)" --allow-reassociation`,
  ].join('\n');

/**
 * User data of an instance that stands alone: no load balancer asks it for its health, and no one but itself gives it its
 * address. Once a minute it asks the service as a user would. It is there before anything is installed, so it also sees a
 * boot that fails.
 *
 * - After three failures in a row it writes a line to the log, and has its group replace it, if it has one.
 * - It takes the address where that is free: when CloudFormation goes back, the instance that took the address ends.
 */
export function watchSingleInstance(options: SingleInstanceWatchOptions): string[] {
  const { port, region, allocationId, address, logFile, readyWithin, inGroup } = options;
  return [
    "cat > /usr/local/bin/thumbnails-watch <<'SCRIPT'",
    '#!/bin/bash',
    ...identify,
    'for attempt in 1 2 3; do',
    `  if curl --fail --silent --output /dev/null --max-time 5 http://127.0.0.1:${port}/health; then`,
    // To map an address again to the instance that has it may be billed (EC2 API Reference, "AssociateAddress").
    `    [ "$(meta public-ipv4)" = '${address}' ] && exit 0`,
    `    aws ec2 associate-address --region ${region} --allocation-id ${allocationId} --instance-id "$(meta instance-id)" --no-allow-reassociation`,
    '    exit 0',
    '  fi',
    '  sleep 5',
    'done',
    `echo '{"level":"error","message":"${UNHEALTHY}"}' >> ${logFile}`,
    ...(inGroup
      ? [
          `aws autoscaling set-instance-health --region ${region} --instance-id "$(meta instance-id)" --health-status Unhealthy`,
        ]
      : []),
    'SCRIPT',
    'chmod 755 /usr/local/bin/thumbnails-watch',
    "cat > /etc/systemd/system/thumbnails-watch.service <<'UNIT'",
    '[Unit]',
    'Description=Asks the thumbnail service for its health',
    '[Service]',
    'Type=oneshot',
    'ExecStart=/usr/local/bin/thumbnails-watch',
    'UNIT',
    "cat > /etc/systemd/system/thumbnails-watch.timer <<'UNIT'",
    '[Unit]',
    'Description=Asks the thumbnail service for its health each minute',
    '[Timer]',
    `OnActiveSec=${readyWithin.toMinutes()}min`,
    'OnUnitActiveSec=1min',
    '[Install]',
    'WantedBy=timers.target',
    'UNIT',
    'systemctl daemon-reload',
    'systemctl enable --now thumbnails-watch.timer',
  ];
}
