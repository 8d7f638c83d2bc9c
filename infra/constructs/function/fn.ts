import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { Env, FunctionName } from "../../../shared/platform/env.ts";
import { alarmMinutes, logDays, lookupsAtOnceMax, memoryMiB, sizeOf } from "../../sizes.ts";
import type { Pages } from "../pages.ts";
import { functionCode } from "./functionCode.ts";
import { functionImpact } from "./functionImpact.ts";

interface FnOptions<Name extends FunctionName> {
  readonly environment: Env<Name>;
  readonly timeoutSeconds: number;
  /** A fixed name. It does not change after the first deployment. */
  readonly functionName?: string;
  readonly memory?: number;
  /**
   * The function sends to its own queue more often than Lambda's recursive loop detection allows.
   */
  readonly sendsToItself?: true;
  /**
   * Receives the alarm for errors; `SliceAlarms` has the one for throttles. Omitted only where a
   * person invokes the function and sees both.
   */
  readonly pages?: Pages;
}

/**
 * The Lambda function in `functions/<name>.ts`. A missing environment variable is a compile error.
 */
export const fn = <Name extends FunctionName>(
  scope: Construct,
  name: Name,
  options: FnOptions<Name>,
): LambdaFunction => {
  const { logGroup, role } = logging(scope, name);
  const made = new LambdaFunction(scope, name, {
    code: functionCode(name),
    handler: "index.handler",
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    functionName: options.functionName,
    memorySize: options.memory ?? memoryMiB,
    timeout: Duration.seconds(options.timeoutSeconds),
    reservedConcurrentExecutions: sizeOf(scope).reserved[name],
    recursiveLoop: options.sendsToItself && RecursiveLoop.ALLOW,
    role,
    logGroup,
    // Lambda's START, END and REPORT lines would be most of the log of a busy queue.
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    environment: {
      ...options.environment,
      // DNS lookups run in libuv's thread pool, which has four threads by default: four
      // unresponsive DNS servers would block all other lookups.
      UV_THREADPOOL_SIZE: `${lookupsAtOnceMax}`,
      POWERTOOLS_SERVICE_NAME: name,
      POWERTOOLS_METRICS_NAMESPACE: "Godwit",
    },
  });
  if (options.pages) watch(made, name, options.pages);
  return made;
};

const watch = (made: LambdaFunction, name: FunctionName, pages: Pages): void => {
  const impact = functionImpact[name];
  const period = Duration.minutes(alarmMinutes);
  pages.when(made, "Errors", {
    metric: made.metricErrors({ period, statistic: "sum" }),
    sentence: `The function ${name} fails.`,
    ...impact,
    runbook: "a-function-fails",
    threshold: 1,
  });
};

/** A log group with a retention, and a role that may write to it only. */
const logging = (scope: Construct, name: string): { logGroup: LogGroup; role: Role } => {
  const logGroup = new LogGroup(scope, `${name}Log`, {
    retention: logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, `${name}Role`, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
  });
  logGroup.grantWrite(role);
  return { logGroup, role };
};
