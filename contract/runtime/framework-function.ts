import { type Framework, FRAMEWORK_MEMORY_MIB, type FrameworkName } from '../../packaging/framework-packages';
import { type FunctionConfiguration, LambdaFunction } from './lambda-function';
import { runtimeClient } from './framework-clients';
import { unpackedPackage } from '../../packaging/frameworks/unpack';

/**
 * A framework's package as a function, as Lambda would run it, on this machine.
 *
 * @throws Error that says what is not built, and the command that builds it
 */
export function frameworkFunction(
  framework: Framework & { readonly name: FrameworkName },
  configuration: Partial<FunctionConfiguration> = {},
): LambdaFunction {
  const { name, language, environment } = framework;
  const { handler = framework.handler } = configuration;
  const client = runtimeClient(language);
  return new LambdaFunction({
    code: unpackedPackage(name),
    handler,
    client: [...client.command, handler],
    memoryMiB: FRAMEWORK_MEMORY_MIB,
    ...configuration,
    environment: {
      ...environment,
      ...client.environment,
      SERVICE_OPTION: `frameworks/${name}`,
      ...configuration.environment,
    },
  });
}
