import { templateOf } from './cfn-lint';
import type { Finding } from './finding';

interface Report {
  readonly results?: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      /** From the folder that was checked. */
      readonly file_path: string;
      /** Its type and logical id, with a dot between. */
      readonly resource: string;
    }[];
  };
  readonly summary?: { readonly parsing_errors: number; readonly resource_count: number };
}

/** Arguments of checkov for all templates of a folder: it starts slowly, so once for all. Nothing is sent or fetched. */
export const checkovArguments = (folder: string): string[] => [
  ...['--directory', folder],
  ...['--framework', 'cloudformation'],
  ...['--output', 'json'],
  ...['--compact', '--quiet', '--skip-download'],
];

/**
 * The checks that failed.
 *
 * @param report what checkov writes with `--output json`
 * @throws Error where it could not read a template, or found nothing to check
 */
export function checkovFailures(report: string): Finding[] {
  // It writes no summary where it found no template.
  const { results, summary } = JSON.parse(report) as Report;
  if (summary !== undefined && summary.parsing_errors > 0)
    throw new Error(`checkov could not read ${summary.parsing_errors} template(s)`);
  if (results === undefined || summary === undefined || summary.resource_count === 0)
    throw new Error('checkov found no resource in the templates');
  return results.failed_checks.map(({ check_id, check_name, file_path, resource }) => ({
    rule: check_id,
    template: templateOf(file_path),
    resource: resource.slice(resource.lastIndexOf('.') + 1),
    message: check_name,
  }));
}
