import { ResponseType } from "aws-cdk-lib/aws-apigateway";
import { describe, expect, it } from "vitest";
import { routes } from "#shared/routes/table.ts";
import { app, ofType, only, regionOf } from "./synthesized.ts";

const region = regionOf(app());
const levels = new Map(ofType(region, "AWS::ApiGateway::Resource"));

/** The path of an API resource, level by level up to the root. */
const path = (id: string | undefined): string => {
  const level = levels.get(id ?? "");
  if (!level) return "";
  return `${path(level.Properties.ParentId.Ref)}/${level.Properties.PathPart}`;
};

const methods = new Map(
  ofType(region, "AWS::ApiGateway::Method").map(([, { Properties }]) => [
    `${Properties.HttpMethod} ${path(Properties.ResourceId.Ref)}`,
    Properties,
  ]),
);

const functionNames = new Map(
  ofType(region, "AWS::Lambda::Function").map(([id, { Properties }]) => [
    id,
    Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME,
  ]),
);

describe("the API", () => {
  it.each(routes)("answers $method $path by the function $function", (route) => {
    const method = methods.get(`${route.method} ${route.path}`);
    const uri = JSON.stringify(method?.Integration.Uri);
    // It is in another stack, whose export has its name in it.
    const answering = [...functionNames.keys()].filter((id) => uri.includes(id));
    expect(answering.map((id) => functionNames.get(id))).toEqual([route.function]);
    expect(method?.Integration.Type).toBe("AWS_PROXY");
  });

  it("answers nothing else, but where browsers ask what they may", () => {
    const asked = routes.map((route) => `${route.method} ${route.path}`);
    const others = [...methods.keys()].filter((key) => !asked.some((each) => each === key));
    expect(others.filter((key) => !key.startsWith("OPTIONS "))).toEqual([]);
  });

  it("streams for 15 minutes where the route is a stream, and waits 29 seconds elsewhere", () => {
    for (const route of routes) {
      const { ResponseTransferMode, TimeoutInMillis } =
        methods.get(`${route.method} ${route.path}`)?.Integration ?? {};
      const stream = "stream" in route;
      expect(ResponseTransferMode).toBe(stream ? "STREAM" : "BUFFERED");
      expect(TimeoutInMillis).toBe(stream ? 900_000 : 29_000);
    }
  });

  it("tells browsers of any origin that they may send a token and what Particle's client sends", () => {
    for (const { path: asked } of routes) {
      const preflight = methods.get(`OPTIONS ${asked}`);
      const headers = preflight?.Integration.IntegrationResponses[0].ResponseParameters;
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

  it("limits how much is asked of it", () => {
    const [, { Properties }] = only(region, "AWS::ApiGateway::Stage");
    expect(Properties.MethodSettings).toMatchObject([
      { HttpMethod: "*", ResourcePath: "/*", ThrottlingRateLimit: 1_000 },
      { HttpMethod: "GET", ResourcePath: "/~1v1~1health", ThrottlingRateLimit: 1_000 },
    ]);
  });

  it("answers whether the region is well with executions that nobody else can use up", () => {
    const [, health] =
      ofType(region, "AWS::Lambda::Function").find(([id]) => functionNames.get(id) === "health") ??
      [];
    expect(health?.Properties.ReservedConcurrentExecutions).toBe(20);
  });

  it("logs the route and never the query, where a token may stand, nor any body", () => {
    const [, { Properties }] = only(region, "AWS::ApiGateway::Stage");
    const { Format } = Properties.AccessLogSetting;
    expect(Object.keys(JSON.parse(Format))).toContain("route");
    expect(Format).not.toMatch(/context\.path|querystring|\$input/);
    for (const { DataTraceEnabled } of Properties.MethodSettings) {
      expect(DataTraceEnabled).toBe(false);
    }
  });
});

const everyType = Object.values(ResponseType)
  .filter((value) => value instanceof ResponseType)
  .map(({ responseType }) => responseType);

const replies = new Map(
  ofType(region, "AWS::ApiGateway::GatewayResponse").map(([, { Properties }]) => [
    Properties.ResponseType,
    Properties,
  ]),
);

describe("an error of API Gateway's own", () => {
  it("is not overlooked", () => {
    expect(everyType.length).toBeGreaterThan(15);
    expect([...replies.keys()].sort()).toEqual([...everyType].sort());
  });

  it.each(everyType)("is JSON of the API's shape: %s", (type) => {
    const templates = replies.get(type)?.ResponseTemplates;
    expect(Object.keys(templates)).toEqual(["application/json"]);
    expect(JSON.parse(templates["application/json"])).toEqual({
      ok: false,
      error: expect.stringMatching(/^[a-z_]+$/),
      error_description: expect.stringMatching(/\.$/),
    });
  });

  it.each(everyType)("can be read by a page of any origin: %s", (type) => {
    expect(replies.get(type)?.ResponseParameters).toEqual({
      "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
    });
  });

  it.each(everyType)("does not log a user of Particle's clients out: %s", (type) => {
    const { StatusCode, ResponseTemplates } = replies.get(type) ?? {};
    expect(StatusCode).not.toBe("401");
    expect(ResponseTemplates["application/json"]).not.toMatch(
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
    ["DEFAULT_5XX", undefined],
  ])("has its status: %s %s", (type, status) => {
    expect(replies.get(type)?.StatusCode).toBe(status);
  });
});
