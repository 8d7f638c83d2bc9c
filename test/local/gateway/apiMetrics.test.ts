import { expect, it } from "vitest";
import { FunctionError } from "../../../local/lambda/errors.ts";
import { collected, sumsOf } from "../support/collected.ts";
import { serve } from "./serve.ts";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html

const answers = (statusCode: number) => ({
  invokeForText: async () => JSON.stringify({ statusCode, body: "{}" }),
});

it("counts requests, both kinds of errors and latencies, by the API and its stage", async () => {
  const { gateway, url } = await serve(
    {
      async invokeForText(_: string, event: unknown) {
        if (JSON.stringify(event).includes('"path":"/fail"')) {
          throw new FunctionError({ errorType: "Error", errorMessage: "failed" });
        }
        return JSON.stringify({ statusCode: 200, body: "{}" });
      },
    },
    { routes: { "GET /good": {}, "GET /fail": {} } },
  );
  for (const path of ["good", "good", "fail", "nowhere"]) await fetch(`${url}/${path}`);
  const data = collected(gateway.metrics);

  const expected = {
    Count: 4,
    "4XXError": 1,
    "5XXError": 1,
    Latency: expect.any(Number),
    IntegrationLatency: expect.any(Number),
  };
  expect(sumsOf(data, { ApiName: "api" })).toEqual(expected);
  expect(sumsOf(data, { ApiName: "api", Stage: "live" })).toEqual(expected);
  const samples = data.filter(
    ({ name, dimensions }) => name === "5XXError" && !("Stage" in dimensions),
  );
  // The average is the error rate.
  expect(samples.map(({ value, count }) => [value, count])).toEqual([
    [1, 1],
    [0, 3],
  ]);
  expect(collected(gateway.metrics)).toEqual([]);
});

it("counts each method with detailed metrics", async () => {
  const setting = { HttpMethod: "*", ResourcePath: "/*", MetricsEnabled: true };
  const { gateway, url } = await serve(answers(404), {
    routes: { "GET /devices/{id}": {} },
    stage: { MethodSettings: [setting] },
  });
  await fetch(`${url}/devices/1`);
  await fetch(`${url}/devices/2`);

  const dimensions = { ApiName: "api", Method: "GET", Resource: "/devices/{id}", Stage: "live" };
  expect(sumsOf(collected(gateway.metrics), dimensions)).toMatchObject({
    Count: 2,
    "4XXError": 2,
    "5XXError": 0,
  });
});
