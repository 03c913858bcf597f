import { ConfigurationError } from '../lib/config';

/**
 * Options as the CDK CLI takes them.
 *
 * @param settings each `name=value`
 * @throws ConfigurationError where one is not
 */
export const contextFrom = (settings: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    settings.map((setting) => {
      const at = setting.indexOf('=');
      if (at < 1)
        throw new ConfigurationError([`-c ${setting}: an option is set as name=value, such as ec2.plan=spot`]);
      return [setting.slice(0, at), setting.slice(at + 1)];
    }),
  );
