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
import { alarmMinutes, logDays, lookupsAtOnceMax, memoryMiB } from "../../sizes.ts";
import type { Pages } from "../pages.ts";
import { functionCode } from "./functionCode.ts";

interface FnOptions<Name extends FunctionName> {
  readonly environment: Env<Name>;
  readonly timeoutSeconds: number;
  /** Where it is known by a name of its own. Once deployed, it does not change. */
  readonly functionName?: string;
  readonly memory?: number;
  /** Executions kept for this function, which are also all that it gets. */
  readonly concurrencyMax?: number;
  /** It sends to the queue that starts it, on purpose, more often than Lambda's loop detection lets pass. */
  readonly sendsToItself?: true;
  /** Hears of errors and throttles. Left out only where a person starts the function and sees both. */
  readonly pages?: Pages;
}

/** The Lambda function in `functions/<name>.ts`. Leave out a variable it needs and this does not compile. */
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
    reservedConcurrentExecutions: options.concurrencyMax,
    recursiveLoop: options.sendsToItself && RecursiveLoop.ALLOW,
    role,
    logGroup,
    // Lambda's own START, END and REPORT lines would be the larger part of what a busy queue writes.
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    environment: {
      ...options.environment,
      // Names are looked up in libuv's threads. It has four: as many names whose servers hang would keep all others waiting.
      UV_THREADPOOL_SIZE: `${lookupsAtOnceMax}`,
      POWERTOOLS_SERVICE_NAME: name,
      POWERTOOLS_METRICS_NAMESPACE: "Godwit",
    },
  });
  if (options.pages) watch(made, name, options.pages);
  return made;
};

const watch = (made: LambdaFunction, name: string, pages: Pages): void => {
  const period = Duration.minutes(alarmMinutes);
  pages.when(made, "Errors", {
    metric: made.metricErrors({ period, statistic: "sum" }),
    says: `The function ${name} fails.`,
    runbook: "a-function-fails",
    threshold: 1,
  });
  pages.when(made, "Throttles", {
    metric: made.metricThrottles({ period, statistic: "sum" }),
    says: `The function ${name} is asked for more than it may run at once.`,
    runbook: "a-function-is-throttled",
    threshold: 1,
  });
};

/** A log of its own that forgets, and a role that may write there and nowhere else. */
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
