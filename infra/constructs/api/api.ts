import { Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  AccessLogFormat,
  Cors,
  type CorsOptions,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  ResponseTransferMode,
  RestApi,
  type StageOptions,
} from "aws-cdk-lib/aws-apigateway";
import { type IAlarm, MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { apiTimeoutSeconds } from "../../../shared/api/limits.ts";
import { healthPath } from "../../../shared/routes/healthRoutes.ts";
import { type ApiFunction, type GatewayRoute, routes } from "../../../shared/routes/table.ts";
import { streamTimeoutSeconds } from "../../../shared/stream/limits.ts";
import {
  alarmMinutes,
  apiDownPercentMin,
  apiDownRequestsMin,
  apiErrorsMin,
  corsHours,
  healthBurstRequestsMax,
  healthRequestsPerSecondMax,
  logDays,
  sizeOf,
} from "../../sizes.ts";
import { acknowledge } from "../acknowledge.ts";
import type { Pages } from "../pages.ts";
import { gatewayResponses } from "./gatewayResponses.ts";

const stage = "live";

/** Browsers of any origin may send a token and the headers of Particle's client. */
const preflight: CorsOptions = {
  allowOrigins: Cors.ALL_ORIGINS,
  allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  allowHeaders: [
    "Authorization",
    "Content-Type",
    "Last-Event-ID",
    "X-Particle-Project",
    "X-Particle-Tool",
  ],
  maxAge: Duration.hours(corsHours),
};

/** The function for each name in the route table. */
export type Answers = Readonly<Record<ApiFunction, IFunction>>;

/** The REST API: every route of `shared/routes/table.ts`, each answered by its function. */
export class Api extends Construct {
  readonly rest: RestApi;
  /** Alarms when users get errors. */
  readonly errors: IAlarm;

  constructor(
    scope: Construct,
    id: string,
    { answers, pages }: { answers: Answers; pages: Pages },
  ) {
    super(scope, id);
    const api = new RestApi(this, "Rest", {
      restApiName: "godwit",
      endpointConfiguration: { types: [EndpointType.REGIONAL] },
      deployOptions: stageOptions(this),
      // API Gateway logs with a role that belongs to the account and region, not to one API.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    api.deploymentStage.node.addDependency(executionLog(this, api));
    for (const route of routes) {
      const integration = integrate(answers[route.function], route);
      api.root.resourceForPath(route.path).addMethod(route.method, integration);
    }
    // A path without a route needs none: a stack has at most 500 resources.
    for (const path of new Set(routes.map((route) => route.path))) {
      api.root.resourceForPath(path).addCorsPreflight(preflight);
    }
    gatewayResponses(api);
    acknowledgeApi(api);
    this.errors = pages.when(this, "Errors", {
      metric: api.metricServerError({ period: Duration.minutes(alarmMinutes), statistic: "sum" }),
      severity: "error",
      components: ["api"],
      sentence: `The API answered ${apiErrorsMin} requests or more with a 5xx status.`,
      runbook: "the-api-answers-with-errors",
      threshold: apiErrorsMin,
    });
    this.watchAvailability(api, pages);
    this.rest = api;
  }

  /** Pages within two minutes when users cannot use the API, however many requests there are. */
  private watchAvailability(api: RestApi, pages: Pages): void {
    const period = Duration.minutes(1);
    pages.when(this, "Down", {
      metric: new MathExpression({
        expression: `IF(requests >= ${apiDownRequestsMin} AND 100 * errors >= ${apiDownPercentMin} * requests, 1, 0)`,
        usingMetrics: {
          requests: api.metricCount({ period, statistic: "sum" }),
          errors: api.metricServerError({ period, statistic: "sum" }),
        },
        period,
        label: "Most requests fail",
      }),
      sentence: `The API answered ${apiDownPercentMin} % of the requests of a minute or more with a 5xx status.`,
      severity: "critical",
      components: ["api"],
      runbook: "the-api-does-not-work",
      threshold: 1,
    });
  }
}

/** Findings of cdk-nag that are accepted. */
const acknowledgeApi = (api: RestApi): void => {
  acknowledge(
    api.node.findChild("CloudWatchRole"),
    [
      "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
    ],
    "API Gateway requires this policy for its logging role.",
  );
  acknowledge(
    api,
    ["AwsSolutions-APIG2"],
    "The functions validate every request, and form bodies cannot be validated elsewhere.",
  );
  acknowledge(
    api.deploymentStage,
    ["AwsSolutions-APIG3"],
    "Requests are throttled; a web ACL costs more than the rest of a small deployment.",
  );
  acknowledge(
    api.root,
    ["AwsSolutions-APIG4", "AwsSolutions-COG4"],
    "The functions authenticate each request: the token is in a header, the query or a form.",
  );
};

const integrate = (answer: IFunction, { stream }: GatewayRoute): LambdaIntegration =>
  new LambdaIntegration(answer, {
    // One permission for each function instead of one for each route.
    scopePermissionToMethod: false,
    responseTransferMode: stream ? ResponseTransferMode.STREAM : ResponseTransferMode.BUFFERED,
    timeout: Duration.seconds(stream ? streamTimeoutSeconds : apiTimeoutSeconds),
  });

/** Errors only, and never bodies: they contain passwords and device data. */
const logged = { loggingLevel: MethodLoggingLevel.ERROR, dataTraceEnabled: false };

const stageOptions = (scope: Construct): StageOptions => ({
  stageName: stage,
  throttlingRateLimit: sizeOf(scope).apiRate.perSecond,
  throttlingBurstLimit: sizeOf(scope).apiRate.burst,
  ...logged,
  methodOptions: {
    [`${healthPath}/GET`]: {
      throttlingRateLimit: healthRequestsPerSecondMax,
      throttlingBurstLimit: healthBurstRequestsMax,
      ...logged,
    },
  },
  accessLogDestination: new LogGroupLogDestination(
    new LogGroup(scope, "AccessLog", { retention: logDays, removalPolicy: RemovalPolicy.DESTROY }),
  ),
  accessLogFormat: accessLogFormat(),
});

/** The route instead of the path and query, because the query may contain a token. */
const accessLogFormat = (): AccessLogFormat =>
  AccessLogFormat.custom(
    JSON.stringify({
      at: "$context.requestTimeEpoch",
      requestId: "$context.requestId",
      ip: "$context.identity.sourceIp",
      method: "$context.httpMethod",
      route: "$context.resourcePath",
      status: "$context.status",
      bytes: "$context.responseLength",
      ms: "$context.responseLatency",
      error: "$context.error.responseType",
      integrationError: "$context.integration.error",
    }),
  );

/**
 * API Gateway would create this log group without a retention. Its name is fixed, so the stack
 * creates it first.
 */
const executionLog = (scope: Construct, api: RestApi): LogGroup =>
  new LogGroup(scope, "ExecutionLog", {
    logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/${stage}`,
    retention: logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
