import { CfnRestApi, ResponseType } from "aws-cdk-lib/aws-apigateway";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { routes } from "#shared/routes/table.ts";
import { app, newUnvalidatedApp, ofType, only, regionOf, templateOf } from "./synthesized.ts";

const region = regionOf(app());
const parameters = z.record(z.string(), z.string());

const integration = z.looseObject({
  uri: z.unknown().optional(),
  responses: z
    .looseObject({ default: z.looseObject({ responseParameters: parameters }) })
    .default({ default: { responseParameters: {} } }),
});

const operation = z.looseObject({
  responses: z.record(z.string(), z.looseObject({ headers: z.looseObject({}).optional() })),
  "x-amazon-apigateway-integration": integration,
});

const path = z.object({ parameters: z.array(z.looseObject({ name: z.string() })).default([]) });

const { Body } = z
  .looseObject({
    Body: z.looseObject({
      paths: z.record(z.string(), path.catchall(operation)),
      "x-amazon-apigateway-gateway-responses": z.record(
        z.string(),
        z.looseObject({
          statusCode: z.string().optional(),
          responseParameters: parameters,
          responseTemplates: parameters,
        }),
      ),
    }),
  })
  .parse(only(region, "AWS::ApiGateway::RestApi")[1].Properties);

const methods = new Map(
  Object.entries(Body.paths).flatMap(([path, { parameters: _, ...operations }]) =>
    Object.entries(operations).map(([method, operation]) => [
      `${method.toUpperCase()} ${path}`,
      operation["x-amazon-apigateway-integration"],
    ]),
  ),
);

const functionNames = new Map(
  ofType(region, "AWS::Lambda::Function").map(([id, { Properties }]) => [
    id,
    Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME,
  ]),
);

describe("the API", () => {
  it.each(routes)("routes $method $path to the function $function", (route) => {
    const method = methods.get(`${route.method} ${route.path}`);
    const uri = JSON.stringify(method?.uri);
    // The function is in another stack; its export contains the function's name.
    const answering = [...functionNames.keys()].filter((id) => uri.includes(id));
    expect(answering.map((id) => functionNames.get(id))).toEqual([route.function]);
    expect(method).toMatchObject({ type: "aws_proxy", httpMethod: "POST" });
  });

  it("has no other methods except OPTIONS for CORS", () => {
    const asked = routes.map((route) => `${route.method} ${route.path}`);
    const others = [...methods.keys()].filter((key) => !asked.some((each) => each === key));
    expect(others.filter((key) => !key.startsWith("OPTIONS "))).toEqual([]);
  });

  it("ends streams soon, because they are billed until then, and other routes after 29 seconds", () => {
    for (const route of routes) {
      const stream = "stream" in route;
      const integration = methods.get(`${route.method} ${route.path}`);
      expect(integration).toMatchObject({
        responseTransferMode: stream ? "STREAM" : "BUFFERED",
        timeoutInMillis: stream ? 110_000 : 29_000,
      });
      const version = stream
        ? /2021-11-15.*\/response-streaming-invocations/
        : /2015-03-31.*\/invocations/;
      expect(JSON.stringify(integration?.uri)).toMatch(version);
    }
  });

  it("allows browsers of any origin to send a token and the headers of Particle's client", () => {
    for (const { path: asked } of routes) {
      const preflight = methods.get(`OPTIONS ${asked}`);
      const headers = preflight!.responses.default.responseParameters;
      expect(headers["method.response.header.Access-Control-Allow-Origin"]).toBe("'*'");
      const names = headers["method.response.header.Access-Control-Allow-Headers"];
      for (const name of [
        "Authorization",
        "Content-Type",
        "X-Particle-Tool",
        "X-Particle-Project",
      ]) {
        expect(names).toContain(name);
      }
    }
  });

  it.each([
    ["starter", 50],
    ["standard", 1_000],
  ])("throttles requests, and the health check separately: %s", (size, rate) => {
    const [, { Properties }] = only(regionOf(app({ size })), "AWS::ApiGateway::Stage");
    expect(Properties.MethodSettings).toMatchObject([
      { HttpMethod: "*", ResourcePath: "/*", ThrottlingRateLimit: rate },
      { HttpMethod: "GET", ResourcePath: "/~1v1~1health", ThrottlingRateLimit: 1_000 },
    ]);
  });

  it.each([
    ["starter", undefined],
    ["standard", 20],
  ])("reserves concurrency for the health route in standard only: %s", (size, reserved) => {
    const [, health] =
      ofType(regionOf(app({ size })), "AWS::Lambda::Function").find(
        ([id]) => functionNames.get(id) === "health",
      ) ?? [];
    expect(health).toBeDefined();
    expect(health?.Properties.ReservedConcurrentExecutions).toBe(reserved);
  });

  it("logs the route, but neither the query, which may have a token, nor bodies", () => {
    const [, { Properties }] = only(region, "AWS::ApiGateway::Stage");
    const { Format } = Properties.AccessLogSetting;
    expect(Object.keys(JSON.parse(Format))).toContain("route");
    expect(Format).not.toMatch(/context\.path|querystring|\$input/);
    for (const { DataTraceEnabled } of Properties.MethodSettings) {
      expect(DataTraceEnabled).toBe(false);
    }
  });
});

describe("the definition of the API", () => {
  it("contains everything that API Gateway imports, because an import overwrites the rest", () => {
    const types = Object.values(region.Resources).map(({ Type }) => Type);
    const others = ["Method", "Resource", "GatewayResponse", "Model", "RequestValidator"];
    expect(types.filter((type) => others.includes(type.replace("AWS::ApiGateway::", "")))).toEqual(
      [],
    );
  });

  it("declares the parameters of each path", () => {
    for (const [path, { parameters }] of Object.entries(Body.paths)) {
      const declared = parameters.map(({ name }) => name);
      expect(declared).toEqual([...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name));
    }
  });

  it("declares each header of its preflight, without which the import drops it", () => {
    for (const { options } of Object.values(Body.paths)) {
      const { responseParameters } = options!["x-amazon-apigateway-integration"].responses.default;
      const set = Object.keys(responseParameters).map((name) => name.split(".").at(-1));
      expect(Object.keys(options!.responses["204"]!.headers!)).toEqual(set);
    }
  });

  it("is smaller than the limits of an import and of a template", () => {
    expect(JSON.stringify(Body).length).toBeLessThan(800_000);
  });

  it("makes a new deployment if it changes, since a stage serves a snapshot", () => {
    const changed = newUnvalidatedApp();
    const { defaultChild } = changed.node
      .findChild("Godwit-Api-us-east-1")
      .node.findChild("Api")
      .node.findChild("Rest").node;
    if (!CfnRestApi.isCfnRestApi(defaultChild)) throw new Error("not a REST API");
    defaultChild.addPropertyOverride("Body.info.version", "2");
    const [before] = only(region, "AWS::ApiGateway::Deployment");
    const [after] = only(regionOf(changed), "AWS::ApiGateway::Deployment");
    expect(after).not.toBe(before);
  });

  it("keeps the ids of deployments that had a resource for each route, thus their URL", () => {
    const { Resources, Outputs } = templateOf(app(), "Godwit-Api-us-east-1");
    expect(Resources.ApiRest4DEC74FE?.Type).toBe("AWS::ApiGateway::RestApi");
    expect(Resources.ApiRestDeploymentStagelive3BEBAE0C?.Type).toBe("AWS::ApiGateway::Stage");
    expect(Resources.ApiExecutionLog4D3E3207?.Type).toBe("AWS::Logs::LogGroup");
    expect(Resources.ApiAccessLog713001CC?.Type).toBe("AWS::Logs::LogGroup");
    expect(Object.keys(Outputs)).toEqual(
      expect.arrayContaining([
        "ApiUrl",
        "ExportsOutputRefApiRest4DEC74FEAA1A857E",
        "ExportsOutputRefApiRestDeploymentStagelive3BEBAE0CDF4AA82B",
      ]),
    );
  });
});

const everyType = Object.values(ResponseType)
  .filter((value) => value instanceof ResponseType)
  .map(({ responseType }) => responseType);

const replies = new Map(Object.entries(Body["x-amazon-apigateway-gateway-responses"]));

describe("an error of API Gateway", () => {
  it("has a gateway response for each type", () => {
    expect(everyType.length).toBeGreaterThan(15);
    expect([...replies.keys()].sort()).toEqual([...everyType].sort());
  });

  it.each(everyType)("is JSON in the format of the API: %s", (type) => {
    const templates = replies.get(type)!.responseTemplates;
    expect(Object.keys(templates)).toEqual(["application/json"]);
    expect(JSON.parse(templates["application/json"]!)).toEqual({
      ok: false,
      error: expect.stringMatching(/^[a-z_]+$/),
      error_description: expect.stringMatching(/\.$/),
    });
  });

  it.each(everyType)("is readable by pages of any origin: %s", (type) => {
    expect(replies.get(type)?.responseParameters).toMatchObject({
      "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
    });
  });

  it("has the time of a retry, if the API is busy", () => {
    const header = "gatewayresponse.header.Retry-After";
    for (const { statusCode, responseParameters } of replies.values()) {
      const isBusy = ["429", "503"].includes(statusCode ?? "");
      expect(responseParameters[header]).toBe(isBusy ? "'1'" : undefined);
    }
  });

  it.each(everyType)("does not log out users of Particle's clients: %s", (type) => {
    const { statusCode, responseTemplates } = replies.get(type)!;
    expect(statusCode).not.toBe("401");
    expect(responseTemplates["application/json"]).not.toMatch(
      /access token|(invalid|expired)_token/i,
    );
  });

  it.each([
    ["MISSING_AUTHENTICATION_TOKEN", "404"],
    ["INVALID_SIGNATURE", "404"],
    ["DEFAULT_4XX", "404"],
    ["REQUEST_TOO_LARGE", "413"],
    ["THROTTLED", "429"],
    ["INTEGRATION_TIMEOUT", "504"],
    ["INTEGRATION_FAILURE", "503"],
    ["DEFAULT_5XX", undefined],
  ])("has the status of its type: %s %s", (type, status) => {
    expect(replies.get(type)?.statusCode).toBe(status);
  });
});
