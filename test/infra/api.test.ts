import { ResponseType } from "aws-cdk-lib/aws-apigateway";
import { describe, expect, it } from "vitest";
import { routes } from "#shared/routes/table.ts";
import { app, ofType, only, regionOf } from "./synthesized.ts";

const region = regionOf(app());
const levels = new Map(ofType(region, "AWS::ApiGateway::Resource"));

/** The path of an API resource, from the root. */
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
  it.each(routes)("routes $method $path to the function $function", (route) => {
    const method = methods.get(`${route.method} ${route.path}`);
    const uri = JSON.stringify(method?.Integration.Uri);
    // The function is in another stack; its export contains the function's name.
    const answering = [...functionNames.keys()].filter((id) => uri.includes(id));
    expect(answering.map((id) => functionNames.get(id))).toEqual([route.function]);
    expect(method?.Integration.Type).toBe("AWS_PROXY");
  });

  it("has no other methods except OPTIONS for CORS", () => {
    const asked = routes.map((route) => `${route.method} ${route.path}`);
    const others = [...methods.keys()].filter((key) => !asked.some((each) => each === key));
    expect(others.filter((key) => !key.startsWith("OPTIONS "))).toEqual([]);
  });

  it("ends streams soon, because they are billed until then, and other routes after 29 seconds", () => {
    for (const route of routes) {
      const { ResponseTransferMode, TimeoutInMillis } =
        methods.get(`${route.method} ${route.path}`)?.Integration ?? {};
      const stream = "stream" in route;
      expect(ResponseTransferMode).toBe(stream ? "STREAM" : "BUFFERED");
      expect(TimeoutInMillis).toBe(stream ? 110_000 : 29_000);
    }
  });

  it("allows browsers of any origin to send a token and the headers of Particle's client", () => {
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

const everyType = Object.values(ResponseType)
  .filter((value) => value instanceof ResponseType)
  .map(({ responseType }) => responseType);

const replies = new Map(
  ofType(region, "AWS::ApiGateway::GatewayResponse").map(([, { Properties }]) => [
    Properties.ResponseType,
    Properties,
  ]),
);

describe("an error of API Gateway", () => {
  it("has a gateway response for each type", () => {
    expect(everyType.length).toBeGreaterThan(15);
    expect([...replies.keys()].sort()).toEqual([...everyType].sort());
  });

  it.each(everyType)("is JSON in the format of the API: %s", (type) => {
    const templates = replies.get(type)?.ResponseTemplates;
    expect(Object.keys(templates)).toEqual(["application/json"]);
    expect(JSON.parse(templates["application/json"])).toEqual({
      ok: false,
      error: expect.stringMatching(/^[a-z_]+$/),
      error_description: expect.stringMatching(/\.$/),
    });
  });

  it.each(everyType)("is readable by pages of any origin: %s", (type) => {
    expect(replies.get(type)?.ResponseParameters).toMatchObject({
      "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
    });
  });

  it("has the time of a retry, if the API is busy", () => {
    const header = "gatewayresponse.header.Retry-After";
    for (const { StatusCode, ResponseParameters } of replies.values()) {
      const isBusy = ["429", "503"].includes(StatusCode);
      expect(ResponseParameters[header]).toBe(isBusy ? "'1'" : undefined);
    }
  });

  it.each(everyType)("does not log out users of Particle's clients: %s", (type) => {
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
    ["INTEGRATION_FAILURE", "503"],
    ["DEFAULT_5XX", undefined],
  ])("has the status of its type: %s %s", (type, status) => {
    expect(replies.get(type)?.StatusCode).toBe(status);
  });
});
