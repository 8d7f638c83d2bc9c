import type { Credentials } from "../../http/signature.ts";
import type { FunctionConfig } from "../function/functionConfig.ts";

/** Environment variables that the local cloud sets. */
export interface LocalVariables {
  /** For every function: the endpoints of the emulators and the credentials to call them. */
  readonly allFunctions: Readonly<Record<string, string>>;
  /** Local values of variables that the template sets. They may change until a function starts. */
  readonly overrides: Readonly<Record<string, string>>;
}

/**
 * `process.env` of a function: its own variables and those that Lambda sets. The environment of
 * this machine is not inherited. `credentials` are those of the function's role; by default those
 * of all functions.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const environmentVariables = (
  { name, handler, folder, region, runtime, memoryMb, variables }: FunctionConfig,
  { allFunctions, overrides }: LocalVariables,
  credentials?: Credentials,
): Record<string, string> => ({
  ...variables,
  ...Object.fromEntries(Object.entries(overrides).filter(([key]) => key in variables)),
  _HANDLER: handler,
  AWS_DEFAULT_REGION: region,
  AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: "local",
  AWS_REGION: region,
  LAMBDA_TASK_ROOT: folder,
  LANG: "en_US.UTF-8",
  PATH: "/usr/local/bin:/usr/bin:/bin",
  TZ: ":UTC",
  ...allFunctions,
  ...(credentials && {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }),
});
