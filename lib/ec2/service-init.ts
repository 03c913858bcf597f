import {
  CloudFormationInit,
  InitCommand,
  InitConfig,
  InitFile,
  InitPackage,
  InitService,
  InitSource,
  ServiceManager,
} from 'aws-cdk-lib/aws-ec2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { NODE_MAJOR } from '../../packaging/node-version';

/** Directory into which the bundle is unpacked. */
const HOME = '/opt/thumbnails';
export const LOG_FILE = '/var/log/thumbnails.log';
const AGENT_CONFIG = '/opt/aws/amazon-cloudwatch-agent/etc/thumbnails.json';

export interface ServiceInitOptions {
  /** The bundle of the service for the architecture of the instance. */
  readonly bundle: Asset;
  /** Environment of the service, `PORT` included. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the service's log goes. */
  readonly logGroup: ILogGroup;
  /** Namespace of the metrics that the instance can't show from outside: memory and disk. */
  readonly metricsNamespace: string;
  /** Their one dimension, `Service`: one metric for all instances, whichever run. */
  readonly metricsService: string;
  /**
   * Command run once the service is healthy, before the instance is reported as ready.
   * @default - none
   */
  readonly whenHealthy?: string;
}

/**
 * What makes an empty Amazon Linux 2023 a platform of the service, for cfn-init: packages, the bundle, a hardened systemd
 * unit, the CloudWatch agent; and the proof that it works. cfn-init fails, and with it the deployment, unless
 * `/health` answers.
 */
export function serviceInit(options: ServiceInitOptions): CloudFormationInit {
  const port = options.environment['PORT'] ?? '8080';
  return CloudFormationInit.fromConfigSets({
    configSets: { default: ['install', 'run', 'verify'] },
    configs: {
      install: new InitConfig([
        InitPackage.yum(`nodejs${NODE_MAJOR}`),
        InitPackage.yum('amazon-cloudwatch-agent'),
        InitPackage.yum('logrotate'),
        InitSource.fromExistingAsset(HOME, options.bundle),
        InitFile.fromString('/etc/systemd/system/thumbnails.service', serviceUnit(options.environment)),
        InitFile.fromString('/etc/logrotate.d/thumbnails', LOG_ROTATION),
        InitFile.fromObject(AGENT_CONFIG, agentConfig(options)),
      ]),
      run: new InitConfig([
        InitCommand.shellCommand('systemctl daemon-reload', { key: '1-units' }),
        InitCommand.shellCommand(
          `/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -m ec2 -a fetch-config -s -c file:${AGENT_CONFIG}`,
          { key: '2-agent' },
        ),
        InitService.enable('thumbnails', { serviceManager: ServiceManager.SYSTEMD }),
      ]),
      verify: new InitConfig([
        InitCommand.shellCommand(
          `curl --fail --silent --show-error --max-time 5 --retry 30 --retry-delay 2 --retry-all-errors http://127.0.0.1:${port}/health`,
          { key: '1-health' },
        ),
        ...(options.whenHealthy === undefined
          ? []
          : [InitCommand.shellCommand(options.whenHealthy, { key: '2-when-healthy' })]),
      ]),
    },
  });
}

/**
 * The unit. It may bind a port below 1024 and nothing else that a plain user may not; it can neither write outside its
 * own /tmp nor ask the metadata service for the instance's credentials. A JIT needs writable and executable memory, so
 * MemoryDenyWriteExecute stays off.
 */
export function serviceUnit(environment: Readonly<Record<string, string>>): string {
  return `[Unit]
Description=Thumbnail service
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/bin/node-${NODE_MAJOR} --enable-source-maps ${HOME}/server.mjs
${Object.entries({ NODE_ENV: 'production', HOST: '0.0.0.0', ...environment })
  .map(([name, value]) => `Environment=${name}=${value}`)
  .join('\n')}
Restart=always
RestartSec=1
TimeoutStopSec=30
StandardOutput=append:${LOG_FILE}
StandardError=append:${LOG_FILE}
LimitNOFILE=65536
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProcSubset=all
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateTmp=yes
PrivateDevices=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
IPAddressDeny=169.254.169.254 fd00:ec2::254
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}

// The agent follows the file by its position, so it is cut short in place and not moved away.
const LOG_ROTATION = `${LOG_FILE} {
  daily
  maxsize 50M
  rotate 3
  compress
  copytruncate
  missingok
  notifempty
}
`;

/** Configuration of the CloudWatch agent (CloudWatch User Guide, "Create the CloudWatch agent configuration file"). */
function agentConfig({ logGroup, metricsNamespace, metricsService }: ServiceInitOptions): Record<string, unknown> {
  return {
    agent: { metrics_collection_interval: 60, run_as_user: 'root', omit_hostname: true },
    logs: {
      logs_collected: {
        files: {
          collect_list: [
            { file_path: LOG_FILE, log_group_name: logGroup.logGroupName, log_stream_name: '{instance_id}' },
          ],
        },
      },
    },
    metrics: {
      namespace: metricsNamespace,
      aggregation_dimensions: [['Service']],
      metrics_collected: {
        mem: { measurement: ['mem_used_percent'], append_dimensions: { Service: metricsService } },
        disk: {
          resources: ['/'],
          measurement: ['used_percent'],
          drop_device: true,
          append_dimensions: { Service: metricsService },
        },
      },
    },
  };
}
