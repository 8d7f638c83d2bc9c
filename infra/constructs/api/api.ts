import { Duration, Names, RemovalPolicy } from "aws-cdk-lib";
import {
  AccessLogFormat,
  ApiDefinition,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  SpecRestApi,
  type StageOptions,
} from "aws-cdk-lib/aws-apigateway";
import { type IAlarm, MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { healthPath } from "../../../shared/routes/healthRoutes.ts";
import {
  alarmMinutes,
  apiDownPercentMin,
  apiDownRequestsMin,
  apiErrorsMin,
  healthBurstRequestsMax,
  healthRequestsPerSecondMax,
  logDays,
  sizeOf,
} from "../../sizes.ts";
import { acknowledge } from "../acknowledge.ts";
import type { Pages } from "../pages.ts";
import { type Answers, definition } from "./definition.ts";

const stage = "live";

const apiName = "godwit";

/** The REST API: every route of `shared/routes/table.ts`, each answered by its function. */
export class Api extends Construct {
  readonly rest: SpecRestApi;
  /** Alarms when users get errors. */
  readonly errors: IAlarm;

  constructor(
    scope: Construct,
    id: string,
    { answers, pages }: { answers: Answers; pages: Pages },
  ) {
    super(scope, id);
    const api = new SpecRestApi(this, "Rest", {
      restApiName: apiName,
      apiDefinition: ApiDefinition.fromInline(definition(this, apiName, answers)),
      endpointTypes: [EndpointType.REGIONAL],
      // An import otherwise makes an edge-optimized API.
      parameters: { endpointConfigurationTypes: EndpointType.REGIONAL },
      deployOptions: stageOptions(this),
      // API Gateway logs with a role that belongs to the account and region, not to one API.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    api.deploymentStage.node.addDependency(executionLog(this, api));
    for (const answer of Object.values(answers)) mayInvoke(api, answer);
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
  private watchAvailability(api: SpecRestApi, pages: Pages): void {
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
const acknowledgeApi = (api: SpecRestApi): void => {
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
};

/**
 * Lets the API invoke a function, on every route: one permission for each function instead of one
 * for each route.
 */
const mayInvoke = (api: SpecRestApi, answer: IFunction): void => {
  const names = [answer, api].map(({ node }) => Names.nodeUniqueId(node));
  // The id that deployments from before the API had one definition have, so that they keep it.
  answer.addPermission(`ApiPermission.ApiScoped.${names.join(".")}`, {
    principal: new ServicePrincipal("apigateway.amazonaws.com"),
    scope: api,
    sourceArn: api.arnForExecuteApi(),
  });
};

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
const executionLog = (scope: Construct, api: SpecRestApi): LogGroup =>
  new LogGroup(scope, "ExecutionLog", {
    logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/${stage}`,
    retention: logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
