/** Minutes of silence after which an instance is given up. */
const SILENT_MINUTES = 10;

/**
 * Run each minute on an instance. Where the ECS agent does not answer for ten minutes, although systemd restarts it, the
 * instance is switched off: Auto Scaling then replaces it. To Auto Scaling an instance without an agent is healthy, and to
 * ECS its tasks run on (ECS Developer Guide, "Amazon ECS container introspection").
 */
export const AGENT_WATCH = [
  'silence="${RUNTIME_DIRECTORY:-/run}/ecs-agent-silence"',
  'if curl --silent --fail --max-time 5 http://localhost:51678/v1/metadata >/dev/null; then rm -f "$silence"; exit 0; fi',
  'echo >>"$silence"',
  `if [ "$(wc -l <"$silence")" -ge ${SILENT_MINUTES} ]; then systemctl poweroff; fi`,
].join('\n');

/** Commands of the user data that start the watch: first after five minutes, by which the agent has joined the cluster. */
export const START_AGENT_WATCH: readonly string[] = [
  `cat >/usr/local/bin/watch-ecs-agent <<'EOF'\n${AGENT_WATCH}\nEOF`,
  'systemd-run --unit=watch-ecs-agent --on-active=5min --on-unit-inactive=1min /bin/sh /usr/local/bin/watch-ecs-agent',
];
