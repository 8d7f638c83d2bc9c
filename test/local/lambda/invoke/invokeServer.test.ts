import { InvokeCommand, type InvokeCommandInput, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, it, onTestFinished } from "vitest";
import { startInvokeServer } from "../../../../local/lambda/invoke/invokeServer.ts";
import type { Lambda } from "../../../../local/lambda/lambda.ts";
import { deploy } from "../deploy.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "secret" };

const open = async (lambda: Lambda) => {
  const server = await startInvokeServer({
    lambda,
    region,
    account: "000000000000",
    credentials,
    log: () => {},
  });
  onTestFinished(server.stop);
  const invoke = async (input: InvokeCommandInput, signer = credentials) => {
    const client = new LambdaClient({
      endpoint: server.url,
      region,
      credentials: signer,
      maxAttempts: 1,
    });
    onTestFinished(() => client.destroy());
    const answer = await client.send(new InvokeCommand(input));
    return { ...answer, text: answer.Payload?.transformToString() };
  };
  return { url: server.url, invoke };
};

const echo = "export const handler = async (event) => ({ event });";

describe("the Invoke API", () => {
  it("returns the function's response, by its name or its ARN", async () => {
    const { lambda, name, arn } = await deploy(echo, { properties: { FunctionName: "echo" } });
    const { invoke } = await open(lambda);
    expect(name).toBe("echo");
    for (const FunctionName of [name, arn]) {
      const answer = await invoke({ FunctionName, Payload: JSON.stringify({ text: "é" }) });
      expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
      expect(answer.FunctionError).toBeUndefined();
      expect(JSON.parse(answer.text ?? "")).toEqual({ event: { text: "é" } });
    }
  });

  it("passes an empty event when there is no payload", async () => {
    const { lambda, name } = await deploy(echo);
    const { invoke } = await open(lambda);
    expect((await invoke({ FunctionName: name })).text).toBe('{"event":{}}');
  });

  it("responds 200 with the error when the function fails", async () => {
    const { lambda, name } = await deploy(
      "export const handler = async () => { throw new TypeError('no'); };",
    );
    const { invoke } = await open(lambda);
    const { StatusCode, FunctionError, text = "" } = await invoke({ FunctionName: name });
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(JSON.parse(text)).toMatchObject({ errorType: "TypeError", errorMessage: "no" });
  });

  it("responds 202 to an event and runs the function afterwards", async () => {
    const { lambda, name, logged } = await deploy(
      "export const handler = async (event) => console.log('ran', event.number);",
    );
    const { invoke } = await open(lambda);
    const Payload = JSON.stringify({ number: 7 });
    const asked = { FunctionName: name, InvocationType: "Event", Payload } as const;
    expect((await invoke(asked)).StatusCode).toBe(202);
    await expect.poll(() => logged.map(({ fields }) => fields.line)).toContain("ran 7");
  });

  it.each([
    ["an unknown function", { FunctionName: "none" }, "ResourceNotFoundException", 404],
    ["a payload that is not JSON", { Payload: "{" }, "InvalidRequestContentException", 400],
    [
      "an unknown invocation type",
      { InvocationType: "DryRun" as const },
      "InvalidParameterValueException",
      400,
    ],
    [
      "a payload that is too large",
      { Payload: JSON.stringify("x".repeat(6_291_456)) },
      "RequestEntityTooLargeException",
      413,
    ],
  ])("rejects %s", async (_, input, errorName, status) => {
    const { lambda, name } = await deploy(echo);
    const { invoke } = await open(lambda);
    await expect(invoke({ FunctionName: name, ...input })).rejects.toMatchObject({
      name: errorName,
      $metadata: { httpStatusCode: status },
    });
  });

  it("reports that all environments of a function are busy", async () => {
    const { lambda, name } = await deploy(
      "export const handler = () => new Promise((resolve) => setTimeout(resolve, 2_000));",
      { properties: { ReservedConcurrentExecutions: 1 } },
    );
    const { invoke } = await open(lambda);
    const first = invoke({ FunctionName: name });
    await expect.poll(() => lambda.usage()[name]?.invocations).toBe(1);
    await expect(invoke({ FunctionName: name })).rejects.toMatchObject({
      name: "TooManyRequestsException",
    });
    await first;
  });

  it("rejects requests that are not signed with the credentials", async () => {
    const { lambda, name } = await deploy(echo);
    const { invoke, url } = await open(lambda);
    const other = { ...credentials, secretAccessKey: "other" };
    await expect(invoke({ FunctionName: name }, other)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    const path = `${url}/2015-03-31/functions/${name}/invocations`;
    expect((await fetch(path, { method: "POST", body: "{}" })).status).toBe(403);
    expect(lambda.usage()[name]?.invocations).toBe(0);
  });
});
