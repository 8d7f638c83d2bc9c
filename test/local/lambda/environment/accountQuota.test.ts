import { expect, it } from "vitest";
import { create, deploy } from "../deploy.ts";

const slow = "export const handler = async () => new Promise((done) => setTimeout(done, 400, 1));";

it("functions without reserved concurrency share the account's executions and are throttled", async () => {
  const { lambda, name } = await deploy(slow, { executionsMax: 1 });
  const first = lambda.invoke(name, {});
  await expect(lambda.invoke(name, {})).rejects.toThrow("Rate Exceeded");
  await first;
  expect(await lambda.invoke(name, {})).toBe(1);
  expect(lambda.usage()[name]).toMatchObject({ invocations: 2, throttles: 1 });
});

it("an account with ten executions refuses reserved concurrency, as Lambda does", async () => {
  const reserved = deploy(slow, {
    executionsMax: 10,
    properties: { ReservedConcurrentExecutions: 1 },
  });
  await expect(reserved).rejects.toThrow("below its minimum value of [100]");
});

it("an asynchronous invocation is repeated as an EventInvokeConfig states", async () => {
  const source = "export const handler = async () => { throw new Error('broken'); };";
  const { lambda, name, logged } = await deploy(source);
  const config = { FunctionName: name, Qualifier: "$LATEST", MaximumRetryAttempts: 0 };
  await create(lambda.providers, "AWS::Lambda::EventInvokeConfig", config, "Config");
  lambda.invokeAsync(name, {});
  await expect
    .poll(() => logged.map(({ message }) => message), { timeout: 10_000 })
    .toContain("asynchronous invocation failed");
  expect(lambda.usage()[name]?.invocations).toBe(1);
});
